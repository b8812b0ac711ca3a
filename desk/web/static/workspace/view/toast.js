// A word at the edge of the screen: what was done, with its undo, or what went wrong.

import { h } from "../../core/dom.js";
import { signal } from "../../core/signal.js";
import { t } from "../../core/words.js";

const said = signal(null); // {text, undo, bad}
let timer = 0;

export function tell(text, { undo = null, bad = false } = {}) {
  clearTimeout(timer);
  said.set({ text, undo, bad });
  timer = setTimeout(() => said.set(null), bad || undo ? 9000 : 4000);
}

export const undoLast = () => {
  const undo = said.peek()?.undo;
  said.set(null);
  undo?.();
};

export function toasts() {
  return h("div", { class: "toasts", role: "status", "aria-live": "polite" }, () => {
    const one = said();
    if (!one) return null;
    const undo = one.undo
      ? h("button", { class: "button quiet", type: "button", onclick: undoLast }, t("Undo"))
      : null;
    return h("div", { class: `toast${one.bad ? " bad" : ""}` }, h("span", {}, one.text), undo);
  });
}
