// Cases whole, as far as we have read them: kept in memory, so that going back needs no waiting.

import { signal } from "../../core/signal.js";
import { ask } from "./ask.js";
import { number } from "./place.js";

const KEPT = 60;
const RESTS_MS = 80;
let resting = 0;
const held = new Map(); // number → signal of {detail, failed}
const asking = new Map(); // number → the request under way

// The case as a signal of {detail: null while it is not there, failed: "" or why not}.
export function caseOf(one) {
  const known = held.get(one) ?? signal({ detail: null, failed: "" });
  held.delete(one);
  held.set(one, known); // the last used last
  for (const old of held.keys()) {
    if (held.size <= KEPT) break;
    if (old !== number.peek()) held.delete(old);
  }
  return known;
}

export const open = () => (number() === null ? null : caseOf(number())().detail);

// Read the case if we never did and the hand or the focus rests on it.
export function prefetch(one) {
  clearTimeout(resting);
  resting = setTimeout(() => {
    if (!caseOf(one).peek().detail) refresh(one);
  }, RESTS_MS);
}

// Read the case anew; what did not change keeps its identity, so that nothing is drawn again.
export async function refresh(one) {
  while (asking.has(one)) await asking.get(one);
  const request = load(one);
  asking.set(one, request);
  try {
    await request;
  } finally {
    asking.delete(one);
  }
}

async function load(one) {
  const state = caseOf(one);
  try {
    const found = await ask("GET", `workspace/cases/${one}`);
    state.set({ detail: kept(state.peek().detail, found), failed: "" });
  } catch (refused) {
    state.set({ detail: state.peek().detail, failed: refused.message });
  }
}

export const keyOf = (item) => `${item.type}:${item.id ?? `${item.kind}@${item.at}`}`;

function kept(before, found) {
  if (!before) return found;
  const old = new Map(before.timeline.map((item) => [keyOf(item), item]));
  const same = (item) => {
    const known = old.get(keyOf(item));
    return known && JSON.stringify(known) === JSON.stringify(item) ? known : item;
  };
  return { ...found, timeline: found.timeline.map(same) };
}
