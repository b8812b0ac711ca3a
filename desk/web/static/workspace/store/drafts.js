// What is typed and not yet sent: kept in this browser at every key, per agent, case and kind.

import { me } from "./furniture.js";

const key = (number, kind) => `parley:draft:${me.peek().id}:${number}:${kind}`;

export function draft(number, kind) {
  return localStorage.getItem(key(number, kind)) ?? "";
}

export function keepDraft(number, kind, text) {
  try {
    if (text) localStorage.setItem(key(number, kind), text);
    else localStorage.removeItem(key(number, kind));
    return true;
  } catch {
    return false; // the browser's store is full or forbidden: the page says so
  }
}
