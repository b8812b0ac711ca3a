// Emoji on messages: ours on what the visitor wrote, his on what we wrote. Each message of ours has
// a button beside it that opens the choice; a second press takes an emoji back.

/** Bring the emoji on every drawn message up to date. */
export function showEmoji(more) {
  const { chat, log } = more.panel;
  const lines = new Map(chat.lines.map((line) => [line.id, line]));
  for (const node of log.children) {
    const line = lines.get(node.dataset.id);
    const place = [...node.children].findLast((child) => child.matches(".bubble, .file"));
    if (!line || line.gone || !place) continue;
    const mine = minded(chat, line);
    const key = JSON.stringify([mine, line.ours]);
    if (node.dataset.emoji === key) continue;
    const first = node.dataset.emoji === undefined;
    node.dataset.emoji = key;
    if (first && !line.me) node.append(opener(more, line, node));
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

function opener(more, line, node) {
  const { h } = more.kit;
  const { words } = more.panel;
  const button = h("button", { class: "react", type: "button", "aria-label": words.react, "aria-expanded": "false" }, smiley(h));
  button.addEventListener("click", () => (node.querySelector(".choice") ? close() : open()));
  return button;

  function open() {
    const press = (emoji) => () => {
      put(more, line, emoji);
      close();
      button.focus();
    };
    const mine = minded(more.panel.chat, line);
    const choice = h(
      "div",
      { class: "choice", role: "group", "aria-label": words.react },
      more.panel.chat.about.emoji.map((emoji) =>
        h("button", { type: "button", "aria-pressed": String(mine.includes(emoji)), onclick: press(emoji) }, shown(emoji)),
      ),
    );
    choice.addEventListener("keydown", keyed);
    choice.addEventListener("focusout", ({ relatedTarget: to }) => to && to !== button && !choice.contains(to) && close());
    button.setAttribute("aria-expanded", "true");
    button.after(choice);
    choice.firstChild.focus();
    choice.scrollIntoView({ block: "nearest" });
  }

  function keyed(event) {
    const all = [...event.currentTarget.children];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
      button.focus();
    } else if (step) {
      const ahead = getComputedStyle(event.currentTarget).direction === "rtl" ? -step : step;
      all.at((all.indexOf(event.target) + ahead) % all.length).focus();
    }
  }

  function close() {
    node.querySelector(".choice")?.remove();
    button.setAttribute("aria-expanded", "false");
  }
}

function put(more, line, emoji) {
  const { chat } = more.panel;
  chat.say({ react: { of: line.id, emoji, on: !minded(chat, line).includes(emoji) } });
}

// As a picture, also those that have a form of old as a sign.
const shown = (emoji) => `${emoji}\uFE0F`;

function smiley(h) {
  return h("span", { "aria-hidden": "true" }, "☺\uFE0E");
}
