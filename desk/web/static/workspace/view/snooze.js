// Asks until when a case is put away: usual moments at a key, or any other.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { snooze } from "../store/actions.js";
import { now } from "../store/now.js";
import { exact } from "../words/time.js";
import { question } from "./question.js";

const HOUR = 3_600_000;
const MORNING = 9;
const EVENING = 17;

// [{words, at}]: the moments people put things off to, as this browser's clock has them.
export function moments(from) {
  const at = (days, hour) => {
    const day = new Date(from);
    day.setDate(day.getDate() + days);
    day.setHours(hour, 0, 0, 0);
    return day;
  };
  const today = new Date(from);
  const monday = (8 - today.getDay()) % 7 || 7;
  return [
    { words: t("In an hour"), at: new Date(from + HOUR) },
    today.getHours() < EVENING - 1 ? { words: t("This evening"), at: at(0, EVENING) } : null,
    { words: t("Tomorrow morning"), at: at(1, MORNING) },
    { words: t("Monday morning"), at: at(monday, MORNING) },
    { words: t("In a week"), at: at(7, MORNING) },
  ].filter(Boolean);
}

export function askUntilWhen(row) {
  const put = (at) => snooze(row, at.toISOString());
  const other = h("input", { class: "input", type: "datetime-local", required: true, "aria-label": t("Another moment") });
  const usual = ({ words, at }) =>
    h(
      "button",
      {
        class: "button",
        type: "button",
        title: exact(at),
        onclick: () => {
          close();
          put(at);
        },
      },
      words,
    );
  const parts = [
    h("p", {}, t("It comes back then, or when the customer writes.")),
    h("ul", {}, moments(now.peek()).map((one) => h("li", {}, usual(one)))),
    other,
  ];
  const title = t("Put #{number} away until…", { number: row.number });
  const { form, close } = question(title, parts, t("Put it away"), () => put(new Date(other.value)));
  form.querySelector("li button").focus();
}
