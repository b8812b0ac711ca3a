// A button that opens a menu: arrows move, Enter picks, Esc closes and gives the focus back.

import { h } from "../../core/dom.js";
import { effect, signal, untracked } from "../../core/signal.js";

// `items()` gives [{text, pick, chosen, hint, head}]; `label` is what the button says.
export function menu({ name, label, items, id, kind = "" }) {
  const open = signal(false);
  const close = (back = true) => {
    if (!open.peek()) return;
    open.set(false);
    if (back) button.focus();
  };
  const pick = (item) => {
    close();
    item.pick();
  };
  const button = h(
    "button",
    {
      class: `button menu-button ${kind}`,
      type: "button",
      id,
      "aria-haspopup": "menu",
      "aria-expanded": () => String(open()),
      "aria-label": () => `${name()}: ${typeof label === "function" ? text(label()) : label}`,
      onclick: () => open.set(!open.peek()),
    },
    label,
  );
  const list = h(
    "div",
    { class: "menu", role: "menu", "aria-label": name, hidden: () => !open() },
    () => (open() ? untracked(items).map((item) => line(item, pick)) : null),
  );
  list.addEventListener("keydown", (event) => steer(event, list, close));
  const box = h("span", { class: "menu-box" }, button, list);
  box.addEventListener("focusout", (event) => {
    if (open.peek() && !box.contains(event.relatedTarget)) close(false);
  });
  effect(() => {
    if (!open()) return;
    const chosen =
      list.querySelector("[aria-checked=true]") ?? list.querySelector("[role^=menuitem]");
    chosen?.focus();
  });
  return box;
}

const text = (shown) =>
  Array.isArray(shown) ? shown.filter((one) => typeof one === "string").join(" ") : shown;

function line(item, pick) {
  if (item.head) return h("p", { class: "menu-head" }, item.head);
  const choice = item.chosen !== undefined;
  return h(
    "button",
    {
      type: "button",
      role: choice ? "menuitemradio" : "menuitem",
      "aria-checked": choice ? String(item.chosen) : null,
      tabindex: "-1",
      onclick: () => pick(item),
    },
    h("span", { class: "menu-text" }, item.text),
    item.hint ? h("span", { class: "meta" }, item.hint) : null,
  );
}

function steer(event, list, close) {
  const lines = [...list.querySelectorAll("[role^=menuitem]")];
  const at = lines.indexOf(document.activeElement);
  const to = {
    ArrowDown: (at + 1) % lines.length,
    ArrowUp: (at - 1 + lines.length) % lines.length,
    Home: 0,
    End: lines.length - 1,
  }[event.key];
  const letter = lines.findIndex(
    (one, n) => n > at && one.textContent.toLowerCase().startsWith(event.key.toLowerCase()),
  );
  if (event.key === "Escape") close();
  else if (event.key === "Tab") return close(false);
  else if (to !== undefined) lines[to].focus();
  else if (event.key.length === 1 && letter >= 0) lines[letter].focus();
  else if (event.key === "Enter" || event.key === " ") return event.stopPropagation();
  event.preventDefault();
  return event.stopPropagation();
}
