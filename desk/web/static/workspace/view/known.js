// What the customer's own words say of him: kept by an agent, or only offered by a signature.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { ask } from "../store/ask.js";
import * as cases from "../store/cases.js";
import { number } from "../store/place.js";
import { icon } from "./glyph.js";
import { tell } from "./toast.js";

const NAMES = { phone: () => t("Phone"), title: () => t("Title") };
const nameOf = ({ kind }) => NAMES[kind]?.() ?? kind;

export const known = (facts) =>
  facts
    .filter((fact) => fact.state === "kept")
    .map((fact) => [
      h("dt", {}, nameOf(fact)),
      h("dd", { class: "known" }, value(fact), button("cross", t("Remove"), fact, false)),
    ]);

export function offered(facts) {
  const open = facts.filter((fact) => fact.state === "offered");
  if (!open.length) return null;
  return h(
    "section",
    { class: "offered", "aria-label": t("From their signature") },
    h("p", { class: "meta" }, t("From their signature")),
    h("ul", {}, open.map(offer)),
  );
}

const offer = (fact) =>
  h(
    "li",
    {},
    h("span", {}, value(fact)),
    button("check", t("Keep"), fact, true),
    button("cross", t("Drop"), fact, false),
  );

const value = (fact) =>
  fact.kind === "phone"
    ? h("a", { href: `tel:${fact.value.replace(/[^+\d]/g, "")}` }, fact.value)
    : fact.value;

function button(glyph, words, fact, kept) {
  const label = `${words}: ${nameOf(fact)} ${fact.value}`;
  const say = async () => {
    await put(fact.id, kept);
    if (fact.state === "kept") tell(t("Removed"), { undo: () => put(fact.id, true) });
  };
  return h(
    "button",
    { class: "button quiet small", type: "button", title: words, "aria-label": label, onclick: say },
    icon(glyph),
  );
}

async function put(id, kept) {
  try {
    await ask("PUT", `customer-facts/${id}`, { kept });
    await cases.refresh(number.peek());
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
}
