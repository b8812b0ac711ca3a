// Which customers write at this moment: a courtesy of the live feed, shown for six seconds.

import { signal } from "../../core/signal.js";
import { listen } from "./live.js";

const SHOWN_MS = 6000;
const timers = new Map(); // case id → when it is over
const now = signal(new Set());

export const WRITING = "customer.writing";
export const isWriting = (id) => now().has(id);

export function begin() {
  listen(({ kind, case_id: id }) => {
    if (kind === WRITING) start(id);
    else if (kind === "message.received") stop(id);
  });
}

function start(id) {
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => stop(id), SHOWN_MS));
  if (!now.peek().has(id)) now.set(new Set(timers.keys()));
}

function stop(id) {
  clearTimeout(timers.get(id));
  if (timers.delete(id)) now.set(new Set(timers.keys()));
}
