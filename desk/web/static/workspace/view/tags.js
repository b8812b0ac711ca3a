// The tags of a case: shown, taken off, put on; each leads to all that has it.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { setTags } from "../store/actions.js";
import { ask } from "../store/ask.js";
import { goToView } from "../store/place.js";
import { icon } from "./glyph.js";
import { question } from "./question.js";

export const tagLine = (row) =>
  h(
    "ul",
    { class: "tags", "aria-label": t("Tags"), hidden: () => !row().tags.length },
    () => row().tags.map((tag) => one(tag, row)),
  );

const one = (tag, row) =>
  h(
    "li",
    { class: "tag" },
    h("button", { type: "button", onclick: () => goToView(`tag:${tag}`) }, tag),
    h(
      "button",
      {
        type: "button",
        "aria-label": t("Take the tag {tag} off", { tag }),
        onclick: () => setTags(row(), row().tags.filter((other) => other !== tag)),
      },
      icon("cross"),
    ),
  );

export async function askTag(row) {
  const known = await ask("GET", "tags").catch(() => []);
  const box = h("input", {
    class: "input",
    name: "tag",
    required: true,
    maxlength: 40,
    autocomplete: "off",
    list: "known-tags",
    "aria-label": t("Tag"),
  });
  const list = h("datalist", { id: "known-tags" }, known.map(({ tag }) => h("option", { value: tag })));
  const put = () => setTags(row, [...row.tags, box.value.trim().toLowerCase()]);
  question(t("Tag #{number}", { number: row.number }), [box, list], t("Put it on"), put);
  box.focus();
}
