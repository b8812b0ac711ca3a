// Under a message of ours: where it stands, and what can be done when it did not arrive.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { sendAgain } from "../store/actions.js";
import { deliveryWords } from "../words/delivery.js";
import { icon } from "./glyph.js";
import { details } from "./more.js";

export function deliveryLine(message, row) {
  const { text, tone, why, again } = deliveryWords(message);
  if (!text) return null;
  const retry = again.length
    ? h(
        "button",
        { class: "button small", type: "button", onclick: () => sendAgain(row(), again) },
        t("Send again"),
      )
    : null;
  return h(
    "footer",
    { class: `said-foot delivery ${tone}` },
    tone ? icon("warning") : null,
    h("strong", {}, text),
    why ? h("span", {}, why) : null,
    message.edited ? h("span", {}, t("Edited")) : null,
    details(message),
    retry,
  );
}
