// Under a message: the emoji on it, and what can still be done to it on its network.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { edit, react, takeBack } from "../store/amend.js";
import { agentName, amending, me, palette } from "../store/furniture.js";
import { dialog } from "./dialog.js";
import { icon } from "./glyph.js";
import { menu } from "./menu.js";
import { question } from "./question.js";

const ARRIVED = new Set(["accepted", "delivered", "read"]);

export function amendments(message, row) {
  const can = amending[message.channel] ?? [];
  const { reactions } = message;
  const tools = message.deleted ? [] : toolsOf(message, row, can);
  if (!reactions.length && !tools.length) return null;
  return h(
    "div",
    { class: "amend" },
    reactions.map((one) => reaction(one, message, row, can)),
    tools.length ? h("span", { class: "tools" }, tools) : null,
  );
}

function reaction({ emoji, count, agents }, message, row, can) {
  const mine = agents.includes(me.peek().id);
  const who = agents.map(agentName).join(", ") || t("the customer");
  const words = `${emoji}${count > 1 ? ` ${count}` : ""}`;
  if (!can.includes("react") || !palette.includes(emoji))
    return h("span", { class: "emoji", title: who }, words);
  return h(
    "button",
    {
      class: "emoji",
      type: "button",
      title: who,
      "aria-pressed": String(mine),
      onclick: () => react(row(), message, emoji, !mine),
    },
    words,
  );
}

function toolsOf(message, row, can) {
  const mine = message.author === "agent" && message.agent_id === me.peek().id;
  const arrived = mine && ARRIVED.has(message.state);
  const items = [
    ...(arrived && can.includes("edit") && message.deliveries.length === 1
      ? [{ text: t("Edit"), pick: () => askWords(message, row) }]
      : []),
    ...(arrived && can.includes("take_back")
      ? [{ text: t("Take back"), pick: () => askSure(message, row) }]
      : []),
  ];
  return [
    can.includes("react") ? smile(message, row) : null,
    items.length
      ? menu({ kind: "quiet tool", name: () => t("Change"), label: () => [icon("more")], items: () => items })
      : null,
  ].filter(Boolean);
}

const smile = (message, row) =>
  menu({
    kind: "quiet tool",
    name: () => t("Put an emoji on it"),
    label: () => [icon("smile")],
    items: () =>
      palette.map((emoji) => ({ text: emoji, pick: () => react(row(), message, emoji, true) })),
  });

function askWords(message, row) {
  const box = h("textarea", { class: "input", rows: 6, "aria-label": t("Message") });
  box.value = message.text;
  const form = h(
    "form",
    {
      class: "question",
      onsubmit: async (event) => {
        event.preventDefault();
        if (await edit(row(), message, box.value)) close();
      },
    },
    h("p", {}, t("The customer sees the new words in place of the old ones.")),
    box,
    h("button", { class: "button primary", type: "submit" }, t("Save")),
  );
  const close = dialog(t("Edit the message"), form);
  box.focus();
}

function askSure(message, row) {
  const told = h("p", {}, t("It disappears for the customer, who may have read it already."));
  const go = () => takeBack(row(), message);
  const { form } = question(t("Take the message back?"), told, t("Take back"), go);
  form.querySelector("button").focus();
}
