// A note for colleagues: paper, not speech.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { me } from "../store/furniture.js";
import { clockTime, exact } from "../words/time.js";
import { icon } from "./glyph.js";
import { rich } from "./rich.js";

export function note(item) {
  const name = item.agent_id === me.peek().id ? t("You") : (item.agent_name ?? "");
  return paper(name, item.at, rich(item.html));
}

export function paper(name, at, words, foot = null) {
  return h(
    "article",
    { class: "paper" },
    h(
      "header",
      { class: "byline" },
      icon("note"),
      h("strong", { class: "note-word" }, t("Note")),
      h("span", {}, name),
      h("time", { datetime: at, title: exact(at) }, clockTime(at)),
    ),
    words,
    foot,
  );
}
