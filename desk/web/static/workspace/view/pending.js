// What is on its way: shown at once, named as not sent until the desk has said so.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { now } from "../store/now.js";
import { send, takeBack, undo } from "../store/outbox.js";
import { restore } from "./composer.js";
import { icon } from "./glyph.js";
import { paper } from "./note.js";
import { plain } from "./rich.js";
import { tell } from "./toast.js";

export function pending({ one }) {
  const foot = { failed, held }[one.state]?.(one) ?? sending();
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

const sending = () => h("footer", { class: "said-foot delivery" }, t("Sending…"));

// It has not left yet: the seconds run, and one press takes it back.
function held(one) {
  const left = () => Math.ceil((Date.parse(one.due_at) - now()) / 1000);
  const take = async () => {
    try {
      const words = await undo(one.client_id);
      if (words) restore(words);
      else tell(t("It has left already."), { bad: true });
    } catch (refused) {
      tell(refused.message, { bad: true });
    }
  };
  return h(
    "footer",
    { class: "said-foot delivery", role: "status" },
    () => (left() > 0 ? t("Sent in {seconds} s", { seconds: left() }) : t("Sending…")),
    h(
      "button",
      { class: "button small", type: "button", hidden: () => left() <= 0, onclick: take },
      t("Undo"),
    ),
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
