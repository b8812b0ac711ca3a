// The rows of the view that is shown. Rows change in place at once; they move, come and go only
// while nobody is pointing at the list, so that nothing moves under a hand.

import { batch, signal } from "../../core/signal.js";
import { ask } from "./ask.js";
import { firstView, firstWork } from "./furniture.js";
import { ordered } from "./order.js";
import { view } from "./place.js";

export const rows = signal([]); // in the order shown
export const fresh = signal(0); // rows that have come and wait to be shown
export const loading = signal(false);
export const failed = signal("");
export const busy = signal(false); // somebody points at the list or moves in it
let next = null;
let shown = null; // the view these rows are of
let waiting = new Map(); // id → row, or null for one that left

export function begin() {
  view.set(firstView);
  take(firstView, firstWork);
}

export async function show(name) {
  if (name === shown) return;
  shown = name;
  loading.set(true);
  failed.set("");
  try {
    const page = await ask("GET", `workspace/cases?view=${encodeURIComponent(name)}`);
    if (shown === name) take(name, page);
  } catch (refused) {
    if (shown === name) {
      shown = null;
      failed.set(refused.message);
    }
  }
  loading.set(false);
}

export function reload() {
  const name = shown ?? view.peek();
  shown = null;
  return show(name);
}

export async function more() {
  if (!next || loading.peek()) return;
  const name = shown;
  const after = next;
  loading.set(true);
  try {
    const path = `workspace/cases?view=${encodeURIComponent(name)}&after=${after}`;
    const page = await ask("GET", path);
    if (shown !== name) return;
    next = page.next;
    const known = new Set(rows.peek().map((row) => row.case.id));
    rows.change((held) => [...held, ...page.items.filter((row) => !known.has(row.case.id))]);
  } catch {
    // scrolling on tries again
  } finally {
    loading.set(false);
  }
}

// Take in what the desk says of `ids` now; those it did not return have left the view.
export function update(name, ids, found) {
  if (name !== shown) return;
  const by = new Map(found.map((row) => [row.case.id, row]));
  const held = new Set(rows.peek().map((row) => row.case.id));
  for (const id of ids) {
    const row = by.get(id);
    if (row ? !held.has(id) || waiting.has(id) : held.has(id)) waiting.set(id, row ?? null);
    else waiting.delete(id);
  }
  batch(() => {
    rows.change((all) => all.map((row) => by.get(row.case.id) ?? row));
    fresh.set([...waiting].filter(([id, row]) => row && !held.has(id)).length);
    if (!busy.peek()) settle();
  });
}

// Let rows come, go and take their places.
export function settle() {
  const stay = rows.peek().filter((row) => waiting.get(row.case.id) !== null);
  const held = new Set(stay.map((row) => row.case.id));
  const come = [...waiting.values()].filter((row) => row && !held.has(row.case.id));
  waiting = new Map();
  batch(() => {
    fresh.set(0);
    rows.set(ordered(shown, [...stay, ...come]));
  });
}

// Change a row before the desk has confirmed it; the next word of the desk replaces it.
export function guess(id, changes) {
  const guessed = (row) => ({ ...row, case: { ...row.case, ...changes } });
  rows.change((all) => all.map((row) => (row.case.id === id ? guessed(row) : row)));
}

export const rowOf = (number) => rows().find((row) => row.case.number === number);
export const viewShown = () => shown;

function take(name, page) {
  shown = name;
  next = page.next;
  waiting = new Map();
  batch(() => {
    fresh.set(0);
    rows.set(ordered(name, page.items));
  });
}
