// Whom the customer may be besides, with the reasons; and the records that are part of his.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { ask } from "../store/ask.js";
import * as cases from "../store/cases.js";
import { number } from "../store/place.js";
import { who } from "../words/states.js";
import { exact } from "../words/time.js";
import { tell } from "./toast.js";

export function sameness({ customer, maybe_same: maybe }) {
  return [maybe.map(suggestion), customer.merged.length ? merged(customer.merged) : null];
}

async function done(method, path, body, words, undo = null) {
  try {
    const record = await ask(method, path, body);
    tell(words, { undo: undo && (() => undo(record)) });
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
  await cases.refresh(number.peek());
}

const takeApart = (mergeId) =>
  done("POST", `customer-merges/${mergeId}/undo`, undefined, t("Two customers again"));

function suggestion({ id, other_name: name, reasons }) {
  const say = (same, words, undo) => () =>
    done("PUT", `merge-suggestions/${id}`, { same }, words, undo);
  const undo = ({ merged: [last] }) => takeApart(last.merge_id);
  const button = (words, onclick, kind = "") =>
    h("button", { class: `button small ${kind}`, type: "button", onclick }, words);
  return h(
    "section",
    { class: "sameness", "aria-label": t("Maybe the same person") },
    h("p", {}, t("Maybe the same as {name}", { name: who(name) })),
    h("ul", {}, reasons.map((reason) => h("li", {}, reason))),
    h(
      "div",
      { class: "acts" },
      button(t("Same person"), say(true, t("One customer now"), undo), "primary"),
      button(t("Somebody else"), say(false, t("Not suggested again"))),
    ),
  );
}

const merged = (records) => [
  h("h3", {}, t("Merged into this")),
  h(
    "ul",
    { class: "merged-records" },
    records.map(({ merge_id: id, name, proof, merged_at: at }) =>
      h(
        "li",
        { title: exact(at) },
        h("span", {}, who(name), h("span", { class: "meta" }, ` · ${proof}`)),
        h(
          "button",
          { class: "button small", type: "button", onclick: () => takeApart(id) },
          t("Take apart"),
        ),
      ),
    ),
  ),
];
