// What happened to a case, one line each.

import { t } from "../../core/words.js";
import { agentName, queueName } from "../store/furniture.js";
import { metricWords } from "./promise.js";
import { brief, words } from "./states.js";
import { moment } from "./time.js";

const SAID = {
  "case.opened": (f) =>
    t("Opened in {queue}, from {channel}", {
      channel: words(f.channel),
      queue: queueName(f.queue_id),
    }),
  "case.reopened": (f) => t("Reopened: {reason}", f),
  "case.status_changed": (f) =>
    t("Status: {before} → {after}", { before: brief(f.before), after: brief(f.after) }),
  "case.assigned": (f, actor) => assigned(f, actor),
  "case.queue_changed": (f) =>
    t("Queue: {before} → {after}", { before: queueName(f.before), after: queueName(f.after) }),
  "case.priority_changed": (f) =>
    t("Priority: {before} → {after}", { before: words(f.before), after: words(f.after) }),
  "case.flagged": (f) => (f.reason ? t("Flagged: {reason}", f) : t("The flag was taken off")),
  "case.handed_off": (f) => t("Handed to the team: {reason}", f),
  "case.tagged": ({ added, removed }) =>
    t("Tags: {changes}", {
      changes: [...added.map((one) => `+${one}`), ...removed.map((one) => `−${one}`)].join(" "),
    }),
  "case.snoozed": (f) => t("Put away until {when}", { when: moment(f.until) }),
  "case.woke": (f) => t("Back: {reason}", f),
  "case.acknowledged": (f) => t("Only thanks ({reason}): it stays done", f),
  "case.merged": (f) =>
    t("All of #{from} was merged into #{into}", { from: f.from_number, into: f.into_number }),
  "case.unmerged": (f) =>
    t("#{from} was taken out of #{into} again", { from: f.from_number, into: f.into_number }),
  "case.split": (f) =>
    t("#{into} was split off #{from}", { from: f.from_number, into: f.into_number }),
  "sla.warned": (f) =>
    t("{metric}: {share} % of the time is gone", {
      metric: metricWords(f.metric),
      share: Math.round(f.share * 100),
    }),
  "sla.breached": (f) => t("{metric} is late", { metric: metricWords(f.metric) }),
  "rating.given": (f) => rated(f),
  "rating.followed_up": () => t("The rating was looked after"),
  "choice.taken": (f) => t("The customer chose “{value}”", { value: f.label || f.value }),
  "delivery.failed": (f) =>
    f.state === "uncertain"
      ? t("Nobody knows whether a message arrived: {reason}", f)
      : t("A message was not delivered: {reason}", f),
};

function assigned({ before, after, decision_id: decision }, actor) {
  if (after === null) return t("Given back by {name}", { name: agentName(before) });
  if (decision && actor === "agent") return t("Taken as the next case");
  if (decision) return t("Assigned to {name} by routing", { name: agentName(after) });
  return t("Assigned to {name}", { name: agentName(after) });
}

function rated({ score, before, comment }) {
  if (before === score && comment) return t("On the rating: “{comment}”", { comment });
  if (comment) return t("Rated {score} of 5: “{comment}”", { score, comment });
  return before && before !== score
    ? t("Rating changed: {before} → {score} of 5", { before, score })
    : t("Rated {score} of 5", { score });
}

const DOERS = { system: () => "", bot: () => t("the bot"), customer: () => t("the customer") };

// {text, by, grave}
export function eventWords({ kind, fact, actor, actor_id: id }) {
  return {
    text: SAID[kind]?.(fact, actor) ?? kind,
    by: kind === "case.opened" || kind === "choice.taken" ? "" : actor === "agent" ? agentName(id) : (DOERS[actor]?.() ?? ""),
    grave: kind === "sla.breached" || kind === "delivery.failed",
  };
}
