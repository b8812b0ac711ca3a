// Search: what is typed finds cases, customers and messages; a number goes straight to its case.

import { h } from "../../core/dom.js";
import { signal } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { ask } from "../store/ask.js";
import { addressOf, goToCase, goToView } from "../store/place.js";
import { brief, who } from "../words/states.js";
import { channelGlyph, icon } from "./glyph.js";

const PAUSE_MS = 150;
const query = signal("");
const found = signal(null); // {items} or {failed}
let timer = 0;
let input;

export const focusSearch = () => input.select();

export function searchBox() {
  input = h("input", {
    class: "input",
    type: "search",
    placeholder: t("Search"),
    "aria-label": t("Search cases, customers and messages"),
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    oninput: () => typed(input.value),
    onkeydown: (event) => keys(event),
  });
  const panel = h("div", { class: "found", hidden: () => !query() || !found() }, results);
  const box = h(
    "search",
    { class: "search" },
    icon("search"),
    input,
    h("kbd", { "aria-hidden": "true" }, "/"),
    panel,
  );
  box.addEventListener("focusout", (event) => box.contains(event.relatedTarget) || close());
  box.addEventListener("keydown", (event) => walk(event, box));
  return box;
}

function typed(words) {
  clearTimeout(timer);
  query.set(words.trim());
  if (!query.peek()) found.set(null);
  else timer = setTimeout(look, PAUSE_MS);
}

async function look() {
  const asked = query.peek();
  const answer = await ask("GET", `search?q=${encodeURIComponent(asked)}`).catch((refused) => ({
    failed: refused.message,
  }));
  if (asked === query.peek()) found.set(answer);
}

const close = () => {
  clearTimeout(timer);
  found.set(null);
};

function keys(event) {
  if (event.key === "Enter") {
    const number = /^#?(\d+)$/.exec(query.peek());
    if (number) return go(() => goToCase(Number(number[1])));
    return input.closest("search").querySelector(".found a")?.click();
  }
  return undefined;
}

function walk(event, box) {
  if (event.key === "Escape") {
    input.value = "";
    typed("");
    close();
    input.blur();
    return event.stopPropagation();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return undefined;
  const stops = [input, ...box.querySelectorAll(".found a")];
  const to = stops[stops.indexOf(document.activeElement) + step];
  to?.focus();
  return event.preventDefault();
}

function go(where) {
  close();
  input.value = "";
  query.set("");
  input.blur(); // keys are the screen's again
  where();
}

function results() {
  if (!found()) return null;
  if (found().failed) return h("p", { class: "meta" }, found().failed);
  const shown = once(found().items);
  if (shown.length) return shown.map(line);
  return h("p", { class: "meta" }, t("Nothing found for “{query}”.", { query: query() }));
}

// A case is shown once, whatever of it was found.
function once(items) {
  const seen = new Set();
  return items.filter(({ kind, id, case: one }) => {
    const key = one ? `case ${one.id}` : `${kind} ${id}`;
    if (seen.has(key) || kind === "article") return false;
    return seen.add(key);
  });
}

function line({ kind, id, snippet, case: one, customer_name: name }) {
  const link = (href, where, ...inside) =>
    h(
      "a",
      {
        href,
        onclick: (event) => {
          event.preventDefault();
          go(where);
        },
      },
      inside,
    );
  if (!one) {
    const view = `customer:${id}`;
    return link(
      `/workspace?view=${view}`,
      () => goToView(view),
      icon("person"),
      h("span", {}, who(name)),
      h("span", { class: "meta" }, kind === "customer" ? t("Customer") : kind),
    );
  }
  return link(
    addressOf(one.number),
    () => goToCase(one.number),
    channelGlyph(one.channel),
    h("span", {}, `${who(one.customer_name)}: ${one.subject || one.preview}`),
    h("span", { class: "meta" }, `#${one.number} · ${brief(one.status)}`),
    kind === "message" ? h("span", { class: "snippet meta" }, snippet) : null,
  );
}
