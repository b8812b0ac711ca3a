// What the visitor can do with what he wrote: say it otherwise, or take it back.
import { popup } from "./popup.js";

/** Return the button on a message of the visitor's own; null where it stands as it is. */
export function onOwn(more, line) {
  const { chat, words } = more.panel;
  if (!line.seq || line.by || line.pressed) return null;
  const own = { of: line.id, seq: line.seq };
  const edit = [words.edit, () => amend(more, line, own)];
  const back = [words.takeBack, () => chat.say({ amend: { ...own, gone: true } })];
  const choices = () => (line.text ? [edit, back] : [back]);
  return popup(more.kit.h, { look: "react", kind: "menu", sign: "⋯", name: words.change, choices });
}

/** Return the lines with what waits in the outbox done to them. */
export function amended(chat, lines) {
  const changes = chat.outbox.all.filter(({ amend, failed }) => amend && !failed);
  return changes.reduce((now, { cid, text, amend: { of, gone } }) => {
    const coming = { text, gone, nodes: null, seq: null, version: cid };
    return now.map((line) => (line.id === of ? { ...line, ...coming } : line));
  }, lines);
}

// The composer holds the message until it is sent or left; what was being written comes back then.
function amend(more, { text: before }, own) {
  const { chat, composer, words } = more.panel;
  const { h, icon } = more.kit;
  more.leave?.();
  const { form, text, send } = composer;
  const draft = text.value;
  const cross = h("button", { type: "button", "aria-label": words.discard, onclick: leave }, icon("cross"));
  const bar = h("div", { class: "chip", role: "status" }, words.change, cross);
  form.prepend(bar);
  composer.send = (written) => {
    if (written && written !== before) chat.say({ amend: own, text: written });
    leave();
  };
  text.onkeydown = (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    leave();
  };
  more.leave = leave;
  hold(before, true);

  function leave() {
    more.leave = text.onkeydown = null;
    bar.remove();
    composer.send = send;
    hold(draft, false);
  }

  function hold(words, on) {
    form.classList.toggle("amending", on);
    text.value = words;
    composer.settle();
    text.focus();
  }
}
