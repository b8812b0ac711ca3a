// Views in words: their names, and what to say where there is nothing.

import { t } from "../../core/words.js";
import { queues } from "../store/furniture.js";

export const VIEWS = [
  { key: "mine", letter: "m", name: () => t("My work") },
  { key: "unassigned", letter: "u", name: () => t("Unassigned") },
  { key: "all", letter: "a", name: () => t("All open") },
  { key: "waiting", letter: "w", name: () => t("Waiting for others") },
  { key: "snoozed", letter: "z", name: () => t("Snoozed") },
  { key: "resolved", letter: "r", name: () => t("Resolved") },
];

export function viewName(key) {
  const known = VIEWS.find((one) => one.key === key);
  if (known) return known.name();
  if (key.startsWith("tag:")) return t("Tag {tag}", { tag: key.slice(4) });
  if (key.startsWith("customer:")) return t("Cases of one customer");
  const queue = queues().find((one) => `queue:${one.key}` === key);
  return queue ? queue.name : t("Cases");
}

export function emptyWords(key) {
  if (key === "mine") {
    return t("Nothing waits for you. New cases of your queues appear here by themselves.");
  }
  if (key === "unassigned") return t("Every case has somebody. New ones appear here until taken.");
  if (key === "waiting") return t("No case waits for a customer or a third party.");
  if (key === "snoozed") return t("Nothing is put away. Press z in a case to put it off.");
  if (key === "resolved") return t("Resolved cases appear here until they close.");
  return t("No cases here. They appear by themselves when customers write.");
}
