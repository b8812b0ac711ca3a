// Everything that was said and done, in order: grouped by day, by author, events folded together.

import { h } from "../../core/dom.js";
import { keyed } from "../../core/keyed.js";
import { computed, effect, untracked } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { keyOf } from "../store/cases.js";
import { now } from "../store/now.js";
import { waitingFor } from "../store/outbox.js";
import { dayWords } from "../words/time.js";
import { events } from "./event.js";
import { grouped } from "./groups.js";
import { bubble } from "./bubble.js";
import { note } from "./note.js";
import { pending } from "./pending.js";

const NEAR_END_PX = 80;

export function timeline(row, detail) {
  const number = row().number;
  // What is on its way and already in the record is shown once: by its client id.
  const coming = computed(() => {
    const known = new Set((detail()?.timeline ?? []).map((item) => item.client_id).filter(Boolean));
    return waitingFor(number).filter((one) => !known.has(one.client_id));
  });
  const things = computed(() => [
    ...grouped(detail()?.timeline ?? []),
    ...coming().map((one) => ({ type: "pending", id: one.client_id, one })),
  ]);
  const inner = h("div", { class: "timeline-inner" });
  keyed(
    inner,
    things,
    (thing) => thing.key ?? keyOf(thing),
    (thing) => block(thing, row),
  );
  const slow = h(
    "p",
    { class: "muted slow", hidden: () => Boolean(detail()) },
    t("Reading the messages…"),
  );
  const scroller = h(
    "div",
    {
      class: "timeline",
      role: "log",
      "aria-label": t("Messages"),
      "aria-live": "polite",
      tabindex: "0",
    },
    slow,
    inner,
  );
  stayAtEnd(scroller, things);
  return scroller;
}

const DRAWN = { events, message: bubble, note, pending };

// Drawn again only when the thing itself is another, so that what was unfolded stays unfolded.
const drawn = (thing, row) => untracked(() => DRAWN[thing.type](thing, row));

function block(thing, row) {
  const { type } = thing.peek();
  if (type === "day") {
    return h("h3", { class: "day" }, () => dayWords(thing().at, now()));
  }
  return h("div", { class: "thing" }, () => drawn(thing(), row));
}

// At the end stay at the end; elsewhere stay with what is being read.
function stayAtEnd(scroller, things) {
  let first = true;
  let atEnd = true;
  const measure = () => {
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
  };
  scroller.addEventListener("scroll", measure, { passive: true });
  const down = () => {
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
  };
  new ResizeObserver(down).observe(scroller);
  new ResizeObserver(down).observe(scroller.lastChild);
  effect(() => {
    const mine = things().at(-1)?.type === "pending";
    if (mine || first) atEnd = true;
    if (things().length) first = false;
    queueMicrotask(down);
  });
}
