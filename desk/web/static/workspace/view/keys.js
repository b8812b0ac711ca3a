// What keys do, anywhere but in a field.

import { assign, setStatus, takeNext } from "../store/actions.js";
import * as cases from "../store/cases.js";
import { me } from "../store/furniture.js";
import { drawer, goToCase, goToView, number, pane } from "../store/place.js";
import { VIEWS } from "../words/views.js";
import { write } from "./composer.js";
import { showCustomer } from "./head.js";
import { showKeys } from "./keymap.js";
import { walk } from "./list.js";
import { showMacros } from "./macros.js";
import { showReasons } from "./reasons.js";
import { askUntilWhen } from "./snooze.js";
import { focusSearch } from "./search.js";
import { insertSuggestion } from "./suggestions.js";
import { askTag } from "./tags.js";
import { undoLast } from "./toast.js";

const GO_MS = 1200;
let going = 0; // until when a letter after `g` counts

const withCase = (act) => () => {
  const row = cases.open()?.case;
  if (row) act(row);
};

const PLAIN = {
  j: () => walk(1),
  k: () => walk(-1),
  r: () => write("reply"),
  n: () => write("note"),
  a: withCase((row) => assign(row, me.peek().id)),
  s: () => document.getElementById("status-menu")?.click(),
  m: withCase(showMacros),
  t: withCase(askTag),
  z: withCase(askUntilWhen),
  e: withCase((row) => setStatus(row, "resolved")),
  x: takeNext,
  u: undoLast,
  y: withCase(showReasons),
  i: () => number.peek() && showCustomer(),
  "/": focusSearch,
  "?": showKeys,
  g: () => {
    going = performance.now() + GO_MS;
  },
};

export function listenToKeys() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.altKey && !event.ctrlKey && /^Digit[123]$/.test(event.code) && number.peek()) {
      event.preventDefault();
      insertSuggestion(number.peek(), Number(event.code.at(-1)));
      return;
    }
    if (event.key === "Escape") return leave(event);
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
    const act = performance.now() < going ? goTo(event.key) : PLAIN[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function goTo(letter) {
  going = 0;
  const view = VIEWS.find((one) => one.letter === letter);
  return view && (() => goToView(view.key));
}

const isField = (node) => node.matches?.("input, textarea, select, [contenteditable]");

// First out of a field, then out of the drawer, then out of the case.
function leave(event) {
  if (isField(event.target)) event.target.blur();
  else if (drawer.peek() || pane.peek() === "customer") {
    drawer.set(false);
    pane.set(number.peek() ? "case" : "list");
  } else if (number.peek() !== null) {
    const from = number.peek();
    goToCase(null);
    document.querySelector(`[data-number="${from}"] a`)?.focus({ preventScroll: true });
  }
}
