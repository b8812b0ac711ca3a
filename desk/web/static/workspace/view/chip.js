// The chip of a promise: colour and words, counting down.

import { h } from "../../core/dom.js";
import { computed } from "../../core/signal.js";
import { pressing } from "../store/order.js";
import { now } from "../store/now.js";
import { chipOf, metricWords, promiseTitle } from "../words/promise.js";

// `clock` is a function; `named` adds which promise it is.
export function chip(clock, { named = false } = {}) {
  const shown = computed(() => (clock() ? chipOf(clock(), now()) : null));
  const text = computed(() => shown()?.text ?? "");
  const tone = computed(() => shown()?.tone ?? "none");
  const name = () => (named && clock() ? metricWords(clock().metric) : "");
  return h(
    "span",
    { class: () => `chip ${tone()}`, title: () => (clock() ? promiseTitle(clock()) : null) },
    h("span", { class: named ? "chip-name" : "unseen" }, () =>
      named ? name() : clock() ? metricWords(clock().metric) : "",
    ),
    h("span", {}, text),
  );
}

export const rowChip = (row) => chip(() => pressing(row().clocks));
