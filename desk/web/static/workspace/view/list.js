// The list of cases: drawn only where it is in sight, steady under hand and eye.

import { h } from "../../core/dom.js";
import { keyed } from "../../core/keyed.js";
import { computed, effect, signal, untracked } from "../../core/signal.js";
import { plural, t } from "../../core/words.js";
import * as list from "../store/list.js";
import { number, view } from "../store/place.js";
import { emptyWords, viewName } from "../words/views.js";
import { viewMenu } from "./nav.js";
import { presenceHint } from "./presence.js";
import { row } from "./row.js";
import { followScroll, inSight, offsetsOf } from "./window.js";

const ROW_PX = 70;
const HEAD_PX = 32;
const NAMES = { own: () => t("Mine"), waiting: () => t("Waiting in my queues") };
const heightOf = (item) => (item.head ? HEAD_PX : ROW_PX);
const keyOf = (item) => (item.head ? `head ${item.head}` : item.row.case.id);

// Rows with a head before each section.
const items = computed(() => {
  const found = [];
  let section = "";
  for (const one of list.rows()) {
    if (one.section !== section) found.push({ head: (section = one.section) });
    found.push({ row: one });
  }
  return found;
});
const offsets = computed(() => offsetsOf(items(), heightOf));
const wanted = signal(null); // a case whose row is to get the focus once it is drawn

export function listPane() {
  const inner = h("div", { class: "rows", role: "list", "aria-label": () => viewName(view()) });
  const scroller = h("div", { class: "scroller", tabindex: "-1" }, inner);
  const { top, height } = followScroll(scroller);
  const range = computed(() => inSight(offsets(), top(), height()).join());
  const drawn = () => {
    const [first, last] = range().split(",").map(Number);
    return items()
      .slice(first, last)
      .map((item, at) => ({ ...item, at: first + at }));
  };
  effect(() => {
    inner.style.height = `${offsets()[items().length]}px`;
  });
  keyed(inner, drawn, keyOf, line);
  holdStill(scroller);
  effect(() => {
    const end = offsets()[items().length] - top() - height();
    if (end < 600) untracked(list.more);
  });
  watchHands(scroller);
  effect(() => reach(scroller, inner, wanted()));
  return h(
    "section",
    { class: "pane list", "aria-label": t("Cases") },
    header(scroller),
    presenceHint(),
    scroller,
    state(),
  );
}

function header(scroller) {
  const show = () => {
    list.settle();
    scroller.scrollTop = 0;
  };
  return h(
    "header",
    { class: "list-head" },
    h("h2", {}, () => viewName(view())),
    viewMenu(),
    h(
      "button",
      { class: "fresh", type: "button", hidden: () => list.fresh() === 0, onclick: show },
      () => plural(list.fresh(), "{n} new", "{n} new"),
    ),
  );
}

function line(item) {
  const place = (node) =>
    effect(() => {
      node.style.transform = `translateY(${offsets()[item().at]}px)`;
    });
  if (item.peek().head) {
    const words = NAMES[item.peek().head]();
    return h("div", { class: "rows-head", role: "listitem", ref: place }, words);
  }
  const shown = computed(() => item().row);
  return h(
    "div",
    { class: "line", role: "listitem", ref: place, "data-number": () => shown().case.number },
    row(shown),
  );
}

function state() {
  const words = computed(() => {
    if (list.failed()) return list.failed();
    if (list.rows().length) return "";
    return list.loading() ? "" : emptyWords(view());
  });
  return h("p", { class: "empty", role: "status", hidden: () => !words() }, words, () =>
    list.failed() ? h("button", { class: "button", onclick: list.reload }, t("Try again")) : null,
  );
}

// Keep the row that is first in sight where it is when others come above it.
function holdStill(scroller) {
  let before = [];
  let marks = null;
  effect(() => {
    const [found, places] = [items(), offsets()];
    const top = scroller.scrollTop;
    if (top > 4 && before.length) {
      const at = before.findIndex((item, n) => !item.head && marks[n + 1] > top);
      const now = at < 0 ? -1 : found.findIndex((one) => keyOf(one) === keyOf(before[at]));
      if (now >= 0 && places[now] !== marks[at]) scroller.scrollTop = top + places[now] - marks[at];
    }
    [before, marks] = [found, places];
  });
}

// Rows stay where they are while somebody points at them or walks through them.
function watchHands(scroller) {
  let timer = 0;
  const leave = () => {
    list.busy.set(false);
    if (list.fresh.peek() === 0 || scroller.scrollTop < 4) list.settle();
  };
  const soon = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(leave, ms);
  };
  const here = () => {
    list.busy.set(true);
    soon(4000);
  };
  for (const kind of ["pointermove", "wheel", "keydown"]) {
    scroller.addEventListener(kind, here, { passive: true });
  }
  scroller.addEventListener("pointerleave", () => soon(1500)); // time to reach "2 new"
}

// Move by `step` rows from the focused or the open one, and put the focus there.
export function walk(step) {
  const rows = list.rows.peek();
  const focused = document.activeElement?.closest("[data-number]")?.dataset.number;
  const from = Number(focused ?? wanted.peek()?.number ?? number.peek());
  const at = rows.findIndex((one) => one.case.number === from);
  const to = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
  if (to) wanted.set({ number: to.case.number });
}

// The row after or before the open one, or null.
export function neighbour(step) {
  const rows = list.rows.peek();
  const at = rows.findIndex((one) => one.case.number === number.peek());
  return at < 0 ? null : (rows[at + step]?.case.number ?? null);
}

function reach(scroller, inner, goal) {
  if (!goal) return;
  const all = untracked(items);
  const places = untracked(offsets);
  const at = all.findIndex((item) => item.row?.case.number === goal.number);
  if (at < 0) return;
  const above = all[at - 1]?.head ? places[at - 1] : places[at];
  if (above < scroller.scrollTop) scroller.scrollTop = above;
  const below = places[at + 1] - scroller.clientHeight;
  if (below > scroller.scrollTop) scroller.scrollTop = below;
  scroller.dispatchEvent(new Event("scroll"));
  inner.querySelector(`[data-number="${goal.number}"] a`)?.focus({ preventScroll: true });
}
