// The live feed: every event after a cursor, in order; comes back by itself where it was.

import { signal } from "../../core/signal.js";
import { signedOut } from "./ask.js";

export const connected = signal(true);

const SILENT_MS = 40_000; // the desk says something every 15 s

const listeners = new Set();
let cursor = "";
let calling = null;
let line = null; // the stream that is open, with when it last said something

// `hear({kind, case_id, fact, …})` gets each event; kind "reset": load everything anew.
export function listen(hear) {
  listeners.add(hear);
}

export async function follow(from) {
  cursor = from;
  for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
    const since = Date.now();
    await stream().catch(() => {});
    line = null;
    connected.set(false);
    if (Date.now() - since > 5_000) wait = 500;
    await pause(wait * (0.75 + Math.random() / 2));
  }
}

// Try now instead of when the pause is over.
export function hurry() {
  calling?.();
}

addEventListener("offline", () => connected.set(false));
addEventListener("online", () => {
  connected.set(line !== null);
  hurry();
});
addEventListener("visibilitychange", () => document.hidden || connected.peek() || hurry());
setInterval(() => {
  if (line && Date.now() - line.heard > SILENT_MS) line.cut.abort();
}, 5_000);

const pause = (ms) =>
  new Promise((done) => {
    calling = done;
    setTimeout(done, ms);
  });

async function stream() {
  const cut = new AbortController();
  const response = await fetch(`/api/v1/live?after=${encodeURIComponent(cursor)}`, {
    signal: cut.signal,
  });
  if (response.status === 401) signedOut.set(true);
  if (!response.ok) return;
  line = { cut, heard: Date.now() };
  connected.set(navigator.onLine);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    line.heard = Date.now();
    const blocks = (held + value).split("\n\n");
    held = blocks.pop();
    blocks.forEach(take);
  }
}

function take(block) {
  const fields = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
  }
  if (fields.id) cursor = fields.id;
  if (!fields.event || fields.event === "ready") return;
  const event = { ...JSON.parse(fields.data), kind: fields.event };
  for (const hear of listeners) hear(event);
}
