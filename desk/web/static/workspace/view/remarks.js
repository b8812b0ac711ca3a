// Beside a customer's name, whether he is who he says; under his message, what is odd about him.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { split } from "../store/merges.js";
import { remarkLines } from "../words/remarks.js";
import { icon } from "./glyph.js";

export function badge({ genuine }) {
  if (genuine === null || genuine === undefined) return null;
  const title = genuine
    ? t("The mail server of this inbox found the sender to be genuine.")
    : t("The mail server of this inbox found the sender to be forged.");
  return h(
    "span",
    { class: `badge ${genuine ? "good" : "bad"}`, title },
    icon(genuine ? "check" : "warning"),
    genuine ? t("Verified") : t("Unverified"),
  );
}

// What can be done about a remark, in one click.
const MENDS = {
  subject_changed: (message, row) => ({
    words: t("Give it a case of its own"),
    mend: () => split(row(), message.id),
  }),
};

export function remarks(message, row) {
  const lines = remarkLines(message);
  if (!lines.length) return null;
  return h(
    "ul",
    { class: "remarks", "aria-label": t("About this sender") },
    lines.map(({ code, text, tone }) =>
      h(
        "li",
        { class: tone },
        tone === "warn" ? icon("warning") : null,
        text,
        mending(MENDS[code]?.(message, row)),
      ),
    ),
  );
}

function mending(offered) {
  if (!offered) return null;
  return h(
    "button",
    { class: "button small", type: "button", onclick: offered.mend },
    offered.words,
  );
}
