// Where one writes: to the customer, or a note for colleagues; never to be taken for each other.

import { h } from "../../core/dom.js";
import { computed, onEnd, signal } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { draft, hasDraft, keepDraft } from "../store/drafts.js";
import { undoSeconds } from "../store/furniture.js";
import { connected } from "../store/live.js";
import { post } from "../store/outbox.js";
import { typing } from "../store/typing.js";
import { addressMenu } from "./address.js";
import { copiesLine } from "./copies.js";
import { fileTray } from "./tray.js";
import { icon } from "./glyph.js";
import { mentions } from "./mentions.js";
import { menu } from "./menu.js";
import { tell } from "./toast.js";

let current = null; // the composer on the screen

export const write = (kind) => current?.write(kind);
export const insert = (text) => current?.insert(text);

// Give the words of a message that was taken back to where they were written, and the hand too.
export function restore({ number, kind, text }) {
  const words = [draft(number, kind), text].filter(Boolean).join("\n\n");
  keepDraft(number, kind, words);
  if (current?.number !== number) return;
  current.show(kind);
  current.write(kind);
}

export function composer(row, detail) {
  const number = row().number;
  const kind = signal("reply");
  const text = signal(draft(number, "reply"));
  const isNote = () => kind() === "note";
  const closed = computed(() => row().status === "closed" && !isNote());
  const identity = signal(null); // chosen by hand; null: where the customer last wrote
  const copies = copiesLine(detail, identity, () => !isNote());
  const files = fileTray(number, () => !isNote());
  const box = h("textarea", {
    id: "composer",
    class: "words",
    rows: "3",
    dir: "auto",
    "aria-label": () => (isNote() ? t("Note for colleagues") : t("Reply to the customer")),
    placeholder: () =>
      isNote() ? t("Only colleagues will read this. @ and a name calls one.") : t("Write to the customer. Markdown works."),
    value: text,
    disabled: closed,
    oninput: () => {
      keep(box.value);
      if (!isNote() && box.value) typing(number);
    },
    onpaste: files.paste,
  });
  const keep = (words) => {
    text.set(words);
    if (!keepDraft(number, kind.peek(), words))
      tell(t("This browser keeps no drafts: its store is full."), { bad: true });
  };
  const show = (which) => {
    kind.set(which);
    text.set(draft(number, which));
  };
  const handle = {
    number,
    show,
    write(which) {
      if (which !== kind.peek()) show(which);
      box.focus();
    },
    insert(words) {
      if (kind.peek() === "note") show("reply");
      box.focus();
      const gap =
        box.selectionStart > 0 && !/\s$/.test(box.value.slice(0, box.selectionStart)) ? "\n" : "";
      box.setRangeText(gap + words, box.selectionStart, box.selectionEnd, "end");
      keep(box.value);
    },
  };
  current = handle;
  onEnd(() => {
    if (current === handle) current = null;
  });
  const ready = computed(
    () =>
      !closed() && !files.busy() && Boolean(text().trim() || (!isNote() && files.sent().length)),
  );
  const send = (then) => {
    if (!ready() || (kind.peek() === "reply" && !copies.ready())) return;
    const message = { number, kind: kind.peek(), text: text.peek() };
    if (message.kind === "reply") {
      const [identity_id, cc] = [identity.peek(), copies.take()];
      const undo_s = undoSeconds[row().channel] ?? 0;
      Object.assign(message, { then, identity_id, cc, undo_s, files: files.take() });
    }
    keep("");
    post(message);
    box.focus();
  };
  const colleagues = mentions(box, isNote, keep);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    send(event.shiftKey ? "resolved" : "pending");
  });
  return h(
    "form",
    {
      class: () => `composer ${kind()}`,
      "aria-label": t("Write"),
      onsubmit: (event) => {
        event.preventDefault();
        send("pending");
      },
      ...files.drop,
    },
    h("div", { class: "composer-top" }, tabs(number, kind, show), copies.button, () =>
      isNote()
        ? h("span", { class: "note-hint" }, icon("lock"), t("Never sent to the customer"))
        : addressMenu(row, detail, identity),
    ),
    copies.line,
    h(
      "p",
      { class: "closed", hidden: () => !closed() },
      t("This case is closed: nothing more is sent in it. Notes still work."),
    ),
    colleagues,
    box,
    files.list,
    h(
      "div",
      { class: "composer-foot" },
      files.button,
      h("span", { class: "meta kept" }, () => standing(text(), connected())),
      h("span", { class: "spring" }),
      () => (isNote() ? sendNote(ready) : sendReply(ready, send)),
    ),
  );
}

function standing(words, online) {
  if (!online) return t("No connection. What you write is kept here.");
  return words ? t("Draft kept") : "";
}

function tabs(number, kind, show) {
  const tab = (which, name, key) =>
    h(
      "button",
      {
        type: "button",
        class: `tab ${which}`,
        "aria-pressed": () => String(kind() === which),
        onclick: () => write(which) ?? show(which),
        title: t("Key {key}", { key }),
      },
      icon(which),
      name,
      () =>
        kind() !== which && hasDraft(number, which)
          ? h("span", { class: "dot", role: "img", "aria-label": t("has a draft") })
          : null,
    );
  return h(
    "div",
    { class: "tabs", role: "group", "aria-label": t("Reply or note") },
    tab("reply", t("Reply"), "r"),
    tab("note", t("Note"), "n"),
  );
}

const keyHint = navigator.platform.startsWith("Mac") ? "⌘ ↵" : "Ctrl ↵";

const sendNote = (ready) =>
  h(
    "button",
    { class: "button add-note", disabled: () => !ready() },
    t("Add note"),
    h("kbd", {}, keyHint),
  );

function sendReply(ready, send) {
  return h(
    "span",
    { class: "send" },
    h(
      "button",
      {
        class: "button primary",
        disabled: () => !ready(),
        title: t("Then the case waits for the customer"),
      },
      t("Send"),
      h("kbd", {}, keyHint),
    ),
    menu({
      kind: "primary caret",
      name: () => t("Other ways to send"),
      label: () => [icon("caret")],
      items: () => [
        { text: t("Send and resolve"), hint: `${keyHint} ⇧`, pick: () => send("resolved") },
        { text: t("Send and keep open"), pick: () => send("open") },
        { text: t("Send and put on hold"), pick: () => send("on_hold") },
      ],
    }),
  );
}
