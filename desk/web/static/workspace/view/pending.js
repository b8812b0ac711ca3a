// What is on its way: shown at once, named as not sent until the desk has said so.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { send, takeBack } from "../store/outbox.js";
import { restore } from "./composer.js";
import { icon } from "./glyph.js";
import { paper } from "./note.js";
import { plain } from "./rich.js";

export function pending({ one }) {
  const foot =
    one.state === "failed"
      ? failed(one)
      : h("footer", { class: "said-foot delivery" }, t("Sending…"));
  if (one.kind === "note") return paper(t("You"), one.at, plain(one.text), foot);
  const names = (one.files ?? []).map((file) => file.name).join(", ");
  return h(
    "article",
    { class: `said agent pending ${one.state}` },
    h("header", { class: "byline" }, h("strong", {}, t("You"))),
    h(
      "div",
      { class: "bubble", dir: "auto" },
      plain(one.text),
      names ? h("p", { class: "meta" }, names) : null,
    ),
    foot,
  );
}

function failed(one) {
  return h(
    "footer",
    { class: "said-foot delivery bad", role: "alert" },
    icon("warning"),
    h("strong", {}, t("Not sent")),
    h("span", {}, one.reason),
    h(
      "button",
      { class: "button small", type: "button", onclick: () => send(one.client_id) },
      t("Send again"),
    ),
    h(
      "button",
      {
        class: "button small quiet",
        type: "button",
        onclick: () => restore(takeBack(one.client_id)),
      },
      t("Edit"),
    ),
  );
}
