// Answers kept under a name: one is picked and stands in the composer, its tags on the case.

import { h } from "../../core/dom.js";
import { signal } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { setTags } from "../store/actions.js";
import { ask } from "../store/ask.js";
import { draft } from "../store/drafts.js";
import { me } from "../store/furniture.js";
import { insert } from "./composer.js";
import { dialog } from "./dialog.js";
import { tell } from "./toast.js";

// A macro's text with what its names stand for; a name nobody knows stays, to be seen.
export function filled(text, row, agent) {
  const known = {
    customer: row.customer_name || t("customer"),
    number: `#${row.number}`,
    subject: row.subject,
    agent,
  };
  return text.replace(/\{(\w+)\}/g, (whole, name) => known[name] ?? whole);
}

export async function showMacros(row) {
  const all = await ask("GET", "macros").catch(() => []);
  const wanted = signal("");
  const found = () => {
    const words = wanted().toLowerCase();
    return all.filter((one) => `${one.name} ${one.text}`.toLowerCase().includes(words));
  };
  const use = (one) => {
    close();
    insert(filled(one.text, row, me.peek().name));
    const tags = [...new Set([...row.tags, ...one.tags])];
    if (tags.length !== row.tags.length) setTags(row, tags);
  };
  const box = h("input", {
    class: "input",
    type: "search",
    "aria-label": t("Find a macro"),
    placeholder: t("Find a macro"),
    oninput: () => wanted.set(box.value),
  });
  const form = h(
    "form",
    {
      class: "question",
      onsubmit: (event) => {
        event.preventDefault();
        if (found().length) use(found()[0]);
      },
    },
    box,
    h("ul", {}, () => found().slice(0, 12).map((one) => line(one, use))),
    all.length ? null : h("p", { class: "muted" }, t("None yet. Write an answer and keep it here.")),
    keeping(row, () => close()),
  );
  const close = dialog(t("Macros"), form);
  box.focus();
}

const line = (one, use) =>
  h(
    "li",
    {},
    h("button", { class: "button", type: "button", title: one.text, onclick: () => use(one) }, one.name),
  );

// What stands in the composer becomes a macro, with the tags of the case.
function keeping(row, done) {
  const text = draft(row.number, "reply").trim();
  if (!text) return null;
  const name = h("input", { class: "input", maxlength: 100, "aria-label": t("Name of the new macro") });
  const keep = async () => {
    if (!name.value.trim()) return name.focus();
    try {
      const { name: kept } = await ask("POST", "macros", { name: name.value, text, tags: row.tags });
      done();
      tell(t("Kept as “{name}”", { name: kept }));
    } catch (refused) {
      tell(refused.message, { bad: true });
    }
    return undefined;
  };
  return h(
    "details",
    { class: "fold" },
    h("summary", {}, t("Keep what is written as a macro")),
    name,
    h("p", { class: "meta" }, t("{customer}, {number}, {subject} and {agent} are filled in.")),
    h("button", { class: "button", type: "button", onclick: keep }, t("Keep")),
  );
}
