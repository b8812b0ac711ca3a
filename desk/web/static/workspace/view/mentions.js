// Colleagues offered after an @ in a note: arrows move, Enter or Tab takes, Esc lets it be.

import { h } from "../../core/dom.js";
import { signal } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { agents, me } from "../store/furniture.js";

const MOST = 6;
const CALL = /(?:^|[\s(])@([\p{L}\p{N}'’. -]{0,40})$/u;

// `put(words)` keeps what stands in `box` after a name was taken; `on()`: notes are written.
export function mentions(box, on, put) {
  const offered = signal([]);
  const at = signal(0);
  let typed = "";

  const look = () => {
    const call = on() ? CALL.exec(box.value.slice(0, box.selectionStart)) : null;
    typed = call?.[1] ?? "";
    at.set(0);
    offered.set(call ? named(typed) : []);
  };
  const take = (one) => {
    const end = box.selectionStart;
    box.setRangeText(`${one.name} `, end - typed.length, end, "end");
    offered.set([]);
    box.focus();
    put(box.value);
  };
  const steer = (event) => {
    const some = offered.peek();
    if (!some.length || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at.set((at.peek() + step + some.length) % some.length);
    else if (event.key === "Enter" || event.key === "Tab") take(some[at.peek()]);
    else if (event.key === "Escape") offered.set([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  box.addEventListener("keydown", steer);
  box.addEventListener("input", look);
  box.addEventListener("click", look);
  box.addEventListener("blur", () => offered.set([]));
  return h(
    "ul",
    {
      id: "mentions",
      class: "mentions",
      role: "listbox",
      "aria-label": t("Colleagues"),
      hidden: () => !offered().length,
    },
    () => offered().map((one, n) => option(one, () => at() === n, take)),
  );
}

const option = (one, chosen, take) =>
  h(
    "li",
    {
      role: "option",
      "aria-selected": () => String(chosen()),
      // Before the box loses the focus, which would close the list.
      onmousedown: (event) => {
        event.preventDefault();
        take(one);
      },
    },
    h("span", { class: `light ${one.presence}`, "aria-hidden": "true" }),
    one.name,
  );

function named(words) {
  const wanted = words.toLowerCase();
  const fits = ({ name }) =>
    name.toLowerCase().startsWith(wanted) ||
    name.toLowerCase().split(" ").some((word) => wanted && word.startsWith(wanted));
  return agents()
    .filter((one) => one.active && one.id !== me().id && one.name !== words && fits(one))
    .slice(0, MOST);
}
