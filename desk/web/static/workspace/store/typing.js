// Tells the desk that somebody is writing, at most every four seconds.

import { ask } from "./ask.js";

const EVERY_MS = 4000;
let last = 0;

export function typing(number) {
  if (Date.now() - last < EVERY_MS) return;
  last = Date.now();
  ask("POST", `cases/${number}/typing`).catch(() => null); // only a courtesy
}
