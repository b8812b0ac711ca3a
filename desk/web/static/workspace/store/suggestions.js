// Articles the desk suggests for the open case.

import { signal } from "../../core/signal.js";
import { ask } from "./ask.js";

const held = new Map();

export function suggestionsOf(number) {
  if (!held.has(number)) held.set(number, signal([]));
  return held.get(number);
}

export async function loadSuggestions(number) {
  const found = await ask("GET", `cases/${number}/suggestions`).catch(() => null);
  if (found) suggestionsOf(number).set(found.items.filter((one) => one.outcome !== "not_helpful"));
}

// outcome: used | helpful | not_helpful
export async function judge(number, suggestion, outcome) {
  if (outcome === "not_helpful") {
    suggestionsOf(number).change((all) => all.filter((one) => one.id !== suggestion.id));
  }
  await ask("POST", `suggestions/${suggestion.id}/feedback`, { outcome }).catch(() => null);
}
