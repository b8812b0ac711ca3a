// Up to three articles that may be the answer: how sure, why, and one key to use each.

import { h } from "../../core/dom.js";
import { computed } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { ask } from "../store/ask.js";
import { judge, suggestionsOf } from "../store/suggestions.js";
import { insert } from "./composer.js";
import { icon } from "./glyph.js";
import { tell } from "./toast.js";

// Confidence in words: a number would claim more than it knows.
function sureness(confidence) {
  if (confidence >= 0.9) return t("Very likely");
  if (confidence >= 0.6) return t("Likely");
  return t("Perhaps");
}

// What is a mere guess is shown only when there is nothing better, and then alone.
const GUESS = 0.35;
function worthShowing(all) {
  const good = all.filter((one) => one.confidence >= GUESS);
  return good.length ? good.slice(0, 3) : all.slice(0, 1);
}

// Customers get the desk's public address, whatever name the agent reached it by.
const addressOf = (one) => `${document.getElementById("app").dataset.public}/help/${one.slug}`;

export function suggestionStrip(number) {
  const found = suggestionsOf(number);
  const shown = computed(() => worthShowing(found()));
  return h(
    "section",
    { class: "suggestions", "aria-label": t("Suggested articles"), hidden: () => !shown().length },
    () => shown().map((one, at) => card(number, one, at + 1)),
  );
}

export function insertSuggestion(number, at) {
  const one = worthShowing(suggestionsOf(number).peek())[at - 1];
  if (one) useLink(number, one);
}

function card(number, one, at) {
  const open = one.visibility === "public";
  return h(
    "article",
    { class: "suggestion", title: one.reason },
    h("kbd", {}, `Alt ${at}`),
    h(
      "div",
      { class: "suggestion-words" },
      open
        ? h("a", { href: addressOf(one), target: "_blank", rel: "noopener" }, one.title)
        : h("strong", {}, one.title),
      h("span", { class: "meta" }, `${sureness(one.confidence)} · ${one.reason}`),
    ),
    open
      ? h(
          "button",
          { class: "button small", type: "button", onclick: () => useLink(number, one) },
          t("Link"),
        )
      : null,
    h(
      "button",
      { class: "button small", type: "button", onclick: () => useText(number, one) },
      t("Text"),
    ),
    h(
      "button",
      {
        class: "button quiet square",
        type: "button",
        "aria-label": t("{title} does not help", { title: one.title }),
        title: t("Not helpful"),
        onclick: () => judge(number, one, "not_helpful"),
      },
      icon("cross"),
    ),
  );
}

function useLink(number, one) {
  if (one.visibility !== "public") return useText(number, one);
  insert(`[${one.title}](${addressOf(one)})`);
  return judge(number, one, "used");
}

async function useText(number, one) {
  try {
    const words = one.short_answer || (await ask("GET", `articles/${one.public_id}`)).body_md;
    insert(words);
    judge(number, one, "used");
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
}
