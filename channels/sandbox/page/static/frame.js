// What all phones share: whose it is, a screen that stays at its end, and what to try first.
import { ask } from "./ask.js";
import { attempt } from "./composer.js";
import { glyph, h } from "./dom.js";

/** Return the head of a phone. */
export function owner(name, where, mark, ...more) {
  const title = h("div", {}, h("h2", {}, name), h("p", {}, where));
  return h("header", { class: "owner" }, h("span", { class: "face" }, name[0]), title, ...more,
    glyph(mark));
}

/** Call `change` and keep a list that was at its end there. */
export function atEnd(list, change) {
  const was = list.scrollHeight - list.scrollTop - list.clientHeight < 48;
  change();
  if (was) list.scrollTop = list.scrollHeight;
}

/** Return sentences to send with one press, for a phone where nothing was written yet. */
export function openers(phone, sentences) {
  const wrong = h("p", { class: "wrong", role: "alert" });
  const chips = sentences.map((text) => {
    const press = () => attempt(wrong, () => ask(phone, "write", { text }));
    return h("button", { class: "opener", type: "button", onclick: press }, text);
  });
  return h("div", { class: "openers" }, h("p", {}, "Write something, or begin with"), ...chips,
    wrong);
}
