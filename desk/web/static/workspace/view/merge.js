// Asks which case has the rest: one of the customer's others, or any by its number.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import * as cases from "../store/cases.js";
import { merge } from "../store/merges.js";
import { brief } from "../words/states.js";
import { question } from "./question.js";

export function askWhereTo(row) {
  const others = (cases.open()?.other_cases ?? []).filter((one) => one.status !== "closed");
  const go = (number) => {
    close();
    merge(row, number);
  };
  const box = h("input", {
    class: "input",
    name: "into",
    inputmode: "numeric",
    pattern: "#?[0-9]{1,12}",
    required: true,
    placeholder: "#1042",
    "aria-label": t("Number of the other case"),
  });
  const parts = [
    h("p", {}, t("All that was said in #{number} goes there. It can be undone.", { number: row.number })),
    others.length ? h("ul", {}, others.map((one) => h("li", {}, choice(one, go)))) : null,
    box,
  ];
  const title = t("Merge #{number} into…", { number: row.number });
  const typed = () => merge(row, Number(box.value.replace("#", "")));
  const { form, close } = question(title, parts, t("Merge"), typed);
  (form.querySelector("li button") ?? box).focus();
}

const choice = (one, go) =>
  h(
    "button",
    { class: "button", type: "button", onclick: () => go(one.number) },
    `#${one.number} · ${brief(one.status)} · ${one.subject || one.preview}`,
  );
