// Emoji on messages: ours on what the visitor wrote, his on what we wrote. Each message of ours has
// a button beside it that opens the choice; a second press takes an emoji back.
import { onOwn } from "./amend.js";
import { popup } from "./popup.js";

/** Bring the emoji on every drawn message up to date. */
export function showEmoji(more) {
  const { chat, log } = more.panel;
  const lines = new Map(more.amended(chat.lines).map((line) => [line.id, line]));
  for (const node of log.children) {
    const line = lines.get(node.dataset.id);
    const place = [...node.children].findLast((child) => child.matches(".bubble, .file"));
    if (!line || line.gone || !place) continue;
    const mine = minded(chat, line);
    const key = JSON.stringify([mine, line.ours]);
    if (node.dataset.emoji === key) continue;
    const first = node.dataset.emoji === undefined;
    node.dataset.emoji = key;
    const button = first && (line.me ? onOwn : opener)(more, line);
    if (button) node.append(button);
    node.querySelector(":scope > .emoji")?.remove();
    const chips = chipsOf(more, line, mine);
    if (chips) place.after(chips);
  }
}

/** Return the visitor's emoji on a line, with those that are on their way. */
function minded(chat, { id, mine = [] }) {
  const waiting = chat.outbox.all.filter(({ react, failed }) => react?.of === id && !failed);
  return waiting.reduce((now, { react: { emoji, on } }) => {
    const rest = now.filter((one) => one !== emoji);
    return on ? [...rest, emoji] : rest;
  }, mine);
}

function chipsOf(more, line, mine) {
  const { h } = more.kit;
  const { words } = more.panel;
  if (!mine.length && !line.ours?.length) return null;
  const own = mine.map((emoji) =>
    h("button", { type: "button", "aria-pressed": "true", onclick: () => put(more, line, emoji) }, shown(emoji)),
  );
  const ours = (line.ours ?? []).map((emoji) => h("span", {}, shown(emoji)));
  return h("div", { class: "emoji", role: "group", "aria-label": words.reactions }, ours, own);
}

function opener(more, line) {
  const { chat, words } = more.panel;
  const mine = () => minded(chat, line);
  const choice = (emoji) => [shown(emoji), () => put(more, line, emoji), String(mine().includes(emoji))];
  const choices = () => chat.about.emoji.map(choice);
  return popup(more.kit.h, { look: "react", kind: "choice", sign: "☺\uFE0E", name: words.react, choices });
}

function put(more, line, emoji) {
  const { chat } = more.panel;
  chat.say({ react: { of: line.id, emoji, on: !minded(chat, line).includes(emoji) } });
}

// As a picture, also those that have a form of old as a sign.
const shown = (emoji) => `${emoji}\uFE0F`;
