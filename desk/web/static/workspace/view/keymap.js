// Every key of the screen, in one table; `?` shows it.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { dialog } from "./dialog.js";

// [keys, words]; the handlers stand in keys.js under the same names.
export const KEYS = [
  ["j", () => t("Next case")],
  ["k", () => t("Previous case")],
  ["Enter", () => t("Open the case")],
  ["r", () => t("Reply")],
  ["n", () => t("Write a note")],
  ["Ctrl ↵", () => t("Send; with Shift: send and resolve")],
  ["a", () => t("Assign to me")],
  ["x", () => t("Take the next case")],
  ["s", () => t("Change the status")],
  ["m", () => t("Use a macro")],
  ["t", () => t("Tag the case")],
  ["z", () => t("Put it away until later")],
  ["e", () => t("Resolve")],
  ["u", () => t("Undo the last action")],
  ["y", () => t("Why is it mine?")],
  ["i", () => t("Show the customer")],
  ["Alt 1…3", () => t("Insert a suggested article")],
  ["g m", () => t("Go to my work")],
  ["g u", () => t("Go to unassigned")],
  ["g a", () => t("Go to all open")],
  ["g w", () => t("Go to waiting for others")],
  ["g z", () => t("Go to snoozed")],
  ["g r", () => t("Go to resolved")],
  ["/", () => t("Search")],
  ["Esc", () => t("Leave a field, then the case")],
  ["?", () => t("This map")],
];

export function showKeys() {
  const rows = KEYS.map(([keys, words]) => [
    h(
      "dt",
      {},
      keys.split(" ").map((key) => h("kbd", {}, key)),
    ),
    h("dd", {}, words()),
  ]);
  dialog(t("Keys"), h("dl", { class: "keymap" }, rows), { kind: "wide" });
}
