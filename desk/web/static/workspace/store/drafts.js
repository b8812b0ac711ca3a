// What is typed and not yet sent: kept in this browser at every key, per agent, case and kind.

import { signal } from "../../core/signal.js";
import { me } from "./furniture.js";

const key = (number, kind) => `parley:draft:${me.peek().id}:${number}:${kind}`;

// Cases and kinds with a draft in this browser: "1042:reply".
const drafted = signal(new Set());
const prefix = `parley:draft:${me.peek().id}:`;
drafted.set(
  new Set(
    Object.keys(localStorage)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length)),
  ),
);

export const hasDraft = (number, kind) => drafted().has(`${number}:${kind}`);

export function draft(number, kind) {
  return localStorage.getItem(key(number, kind)) ?? "";
}

export function keepDraft(number, kind, text) {
  const name = `${number}:${kind}`;
  if (drafted.peek().has(name) !== Boolean(text)) {
    drafted.change((all) => (text ? new Set([...all, name]) : all.difference(new Set([name]))));
  }
  try {
    if (text) localStorage.setItem(key(number, kind), text);
    else localStorage.removeItem(key(number, kind));
    return true;
  } catch {
    return false; // the browser's store is full or forbidden: the page says so
  }
}
