// What a customer gave last, over all his cases.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { addressOf, goToCase } from "../store/place.js";
import { now } from "../store/now.js";
import { age } from "../words/time.js";

export function given(ratings = []) {
  if (!ratings.length) return null;
  return [h("h3", {}, t("Ratings")), h("ul", { class: "others ratings" }, ratings.map(rating))];
}

function rating(one) {
  const open = (event) => {
    if (event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    goToCase(one.case_number);
  };
  return h(
    "li",
    {},
    h(
      "a",
      { href: addressOf(one.case_number), onclick: open },
      h("span", {}, t("{score} of 5", { score: one.score }), one.comment ? ` · ${one.comment}` : ""),
      h(
        "span",
        { class: "meta" },
        `#${one.case_number} · ${one.agent_name ?? t("nobody")} · `,
        () => age(one.answered_at, now()),
      ),
    ),
  );
}
