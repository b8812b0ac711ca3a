// One message: whose, when, by which channel, what, with which files, and whether it arrived.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { me } from "../store/furniture.js";
import { words, who } from "../words/states.js";
import { clockTime, exact } from "../words/time.js";
import { amendments } from "./amend.js";
import { deliveryLine } from "./delivery.js";
import { fileLinks } from "./files.js";
import { channelGlyph } from "./glyph.js";
import { details, original, quoted } from "./more.js";
import { badge, remarks } from "./remarks.js";
import { plain, rich } from "./rich.js";

const AUTOMATIC = {
  auto_reply: () => t("Automatic answer"),
  list: () => t("From a mailing list"),
  loop: () => t("From a machine that answers ours"),
  bot: () => t("From a machine"),
  calendar: () => t("Answer to an invitation"),
  history: () => t("From before Parley: it starts no clock and gets no answer"),
  repeated: () => t("The same words again: muted"),
};

export function bubble(message, row) {
  const { author, automation } = message;
  return h(
    "article",
    { class: `said ${author}${message.continues ? " continues" : ""}`, "data-message": message.id },
    message.continues ? null : byline(message, row),
    h(
      "div",
      { class: "bubble", dir: "auto" },
      automation ? h("p", { class: "automation" }, AUTOMATIC[automation]?.() ?? automation) : null,
      body(message),
      message.choices.length
        ? h(
            "ul",
            { class: "choices", "aria-label": t("Choices") },
            message.choices.map((one) => h("li", {}, one.label)),
          )
        : null,
      fileLinks(message.files),
    ),
    amendments(message, row),
    addressed(message),
    remarks(message, row),
    author === "customer" ? more(message, row) : deliveryLine(message, row),
  );
}

function byline(message, row) {
  return h(
    "header",
    { class: "byline" },
    channelGlyph(message.channel),
    h("strong", { title: message.address }, () => nameOf(message, row())),
    badge(message),
    h(
      "time",
      { datetime: message.at, title: `${exact(message.at)} · ${words(message.channel)}` },
      clockTime(message.at),
    ),
  );
}

function nameOf(message, row) {
  if (message.author === "customer") return who(message.customer_name ?? row.customer_name);
  if (message.author === "agent")
    return message.agent_id === me.peek().id ? t("You") : (message.agent_name ?? t("A colleague"));
  return message.author === "bot" ? t("Bot") : t("Parley");
}

function addressed({ author, recipients }) {
  if (!recipients.length) return null;
  const addresses = recipients.join(", ");
  const line = author === "customer" ? t("Also to {addresses}", { addresses }) : t("Cc {addresses}", { addresses });
  return h("p", { class: "meta" }, line);
}

function body(message) {
  if (message.deleted) return h("p", { class: "muted" }, t("Taken back by its author."));
  if (message.author === "customer") return plain(message.text);
  return message.html ? rich(message.html) : plain(message.text);
}

function more(message, row) {
  if (message.deleted) return null;
  const edited = message.edited ? h("span", { class: "meta" }, t("Edited")) : null;
  return h(
    "footer",
    { class: "said-foot" },
    edited,
    quoted(message),
    original(message),
    details(message, row),
  );
}
