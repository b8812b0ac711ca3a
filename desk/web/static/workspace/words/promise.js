// A promise as a chip: its words and its tone. Pure.

import { t } from "../../core/words.js";
import { exact, span } from "./time.js";

const METRICS = {
  first_response: () => t("First answer"),
  next_response: () => t("Next answer"),
  resolution: () => t("Solution"),
};

export const metricWords = (metric) => METRICS[metric]?.() ?? metric;

// {text, tone: calm|amber|red|late|paused|met}
export function chipOf(clock, now) {
  if (clock.state === "met") return { text: t("kept"), tone: "met" };
  if (clock.state === "cancelled") return { text: t("not needed"), tone: "paused" };
  if (clock.state === "paused") return { text: t("paused"), tone: "paused" };
  const due = clock.breached_at ?? clock.due_at;
  if (!due) return { text: t("no hurry"), tone: "calm" };
  if (clock.state === "breached" && clock.ended_at) {
    const over = Date.parse(clock.ended_at) - Date.parse(due);
    return { text: t("was late {time}", { time: span(over) }), tone: "paused" };
  }
  const left = Date.parse(due) - now;
  if (left <= 0) return { text: t("late {time}", { time: span(-left) }), tone: "late" };
  return { text: t("{time} left", { time: span(left) }), tone: toneOf(clock, now) };
}

function toneOf(clock, now) {
  if (clock.red_at && now >= Date.parse(clock.red_at)) return "red";
  return clock.amber_at && now >= Date.parse(clock.amber_at) ? "amber" : "calm";
}

export function promiseTitle(clock) {
  const metric = metricWords(clock.metric);
  if (clock.breached_at)
    return t("{metric}: was due {time}", { metric, time: exact(clock.breached_at) });
  if (!clock.due_at) return metric;
  return t("{metric}: due {time}", { metric, time: exact(clock.due_at) });
}
