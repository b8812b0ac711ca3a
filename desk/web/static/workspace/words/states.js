// Status, priority, presence and channels in words.

import { t } from "../../core/words.js";

const WORDS = {
  new: () => t("New"),
  open: () => t("Open"),
  pending: () => t("Waiting for the customer"),
  on_hold: () => t("On hold"),
  resolved: () => t("Resolved"),
  closed: () => t("Closed"),
  low: () => t("Low"),
  normal: () => t("Normal"),
  high: () => t("High"),
  urgent: () => t("Urgent"),
  question: () => t("Question"),
  incident: () => t("Incident"),
  request: () => t("Request"),
  complaint: () => t("Complaint"),
  online: () => t("Online"),
  busy: () => t("Busy"),
  away: () => t("Away"),
  offline: () => t("Offline"),
  email: () => t("E-mail"),
  chat: () => t("Chat"),
  telegram: () => "Telegram",
  slack: () => "Slack",
};

const BRIEF = { pending: () => t("Pending") };

const plain = (key) => key.charAt(0).toUpperCase() + key.slice(1).replaceAll("_", " ");
export const words = (key) => WORDS[key]?.() ?? plain(key);
export const brief = (key) => BRIEF[key]?.() ?? words(key);
export const who = (name) => name || t("Somebody without a name");
export const PRIORITIES = ["urgent", "high", "normal", "low"];
export const PRESENCES = ["online", "busy", "away", "offline"];
