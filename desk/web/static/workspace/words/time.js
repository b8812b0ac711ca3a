// Times in words: relative up to a day, the exact one on hover.

import { t } from "../../core/words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

const soon = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

export const moment = (at) => soon.format(new Date(at));
// A day without a time (2026-12-07) is the same day in every zone.
export const calendarDay = (iso) => day.format(new Date(`${iso}T12:00:00`));
export const clockTime = (at) => clock.format(new Date(at));
export const exact = (at) => full.format(new Date(at));

export function age(at, now) {
  const ms = now - Date.parse(at);
  if (ms < MINUTE) return t("now");
  if (ms < HOUR) return t("{n} m", { n: Math.floor(ms / MINUTE) });
  if (ms < DAY) return t("{n} h", { n: Math.floor(ms / HOUR) });
  if (ms < 7 * DAY) return t("{n} d", { n: Math.floor(ms / DAY) });
  return short.format(new Date(at));
}

// A length of time as a chip says it: seconds under two minutes, else its largest unit.
export function span(ms) {
  if (ms < 2 * MINUTE) return t("{n} s", { n: Math.max(0, Math.floor(ms / 1000)) });
  if (ms < 2 * HOUR) return t("{n} m", { n: Math.floor(ms / MINUTE) });
  if (ms < 2 * DAY) return t("{n} h", { n: Math.floor(ms / HOUR) });
  return t("{n} d", { n: Math.floor(ms / DAY) });
}

export const dayKey = (at) => new Date(at).toDateString();

export function dayWords(at, now) {
  if (dayKey(at) === dayKey(now)) return t("Today");
  if (dayKey(at) === dayKey(now - DAY)) return t("Yesterday");
  return day.format(new Date(at));
}

// What a clock on the customer's wall shows; "" when we do not know his zone.
export function localTime(zone, now) {
  if (!zone) return "";
  try {
    const options = { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit" };
    return new Intl.DateTimeFormat(undefined, options).format(new Date(now));
  } catch {
    return "";
  }
}
