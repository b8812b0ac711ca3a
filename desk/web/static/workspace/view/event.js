// Events between messages: one thin line each; more than two fold into their last.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { eventWords } from "../words/events.js";
import { clockTime, exact } from "../words/time.js";

const SHOWN = 2;

export function events({ items }) {
  if (items.length <= SHOWN) return h("div", { class: "events" }, items.map(line));
  const rest = items.slice(0, -1);
  return h(
    "div",
    { class: "events" },
    h("details", {}, h("summary", {}, t("{n} more events", { n: rest.length })), rest.map(line)),
    line(items.at(-1)),
  );
}

function line(item) {
  const { text, by, grave } = eventWords(item);
  const time = h("time", { datetime: item.at, title: exact(item.at) }, clockTime(item.at));
  return h(
    "p",
    { class: `event${grave ? " grave" : ""}` },
    h("span", {}, text),
    by ? h("span", {}, t("by {name}", { name: by })) : null,
    time,
  );
}
