// The panel: a launcher in the corner, and the conversation in a dialog that never traps anyone.
import { bubble } from "./bubble.js";
import { composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { drawBlocks, link } from "./draw.js";
import { sheetOf } from "./style.js";
import { wordsOf } from "./words.js";

export class Panel {
  constructor(chat, lang) {
    const words = {}; // one object for all parts: `speak` changes what it holds
    Object.assign(this, { chat, words, lang, isOpen: false });
    const shut = () => this.close();
    this.badge = h("span", { class: "badge", hidden: true });
    this.launcher = h(
      "button",
      { class: "launcher", type: "button", "aria-expanded": "false" },
      icon("speech"),
      this.badge,
    );
    this.title = h("h2", { id: "title", dir: "auto" });
    this.hint = h("p", { class: "hint", role: "status", dir: "auto" });
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", tabindex: 0 });
    this.typing = h("p", { class: "typing", hidden: true });
    const ask = () => chat.say({ text: words.askPerson, person: true });
    this.person = h("button", { class: "person", type: "button", onclick: ask });
    this.composer = composer(chat, words);
    this.cross = h("button", { class: "round", type: "button", onclick: shut }, icon("cross"));
    this.dialog = h(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
      h("header", {}, h("div", {}, this.title, this.hint), this.cross),
      this.log,
      this.typing,
      (this.footer = h("footer", {}, this.person, this.composer.form)),
    );
    this.launcher.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.close();
    });
    chat.addEventListener("change", () => this.show());
    chat.addEventListener("typing", (event) => this.showTyping(event.detail));
  }

  /** Say everything in these texts from now on, also what is shown already. */
  speak(texts) {
    const spoken = JSON.stringify(texts);
    // lines drawn again would be read out again
    if (spoken === this.spoken) return;
    this.spoken = spoken;
    const words = Object.assign(this.words, wordsOf(texts));
    this.log.ariaLabel = words.messages;
    this.typing.textContent = words.typing;
    this.person.textContent = words.person;
    this.cross.ariaLabel = words.close;
    this.composer.label();
    this.log.replaceChildren();
    this.show();
  }

  open() {
    this.isOpen = true;
    this.dialog.hidden = false;
    this.launcher.setAttribute("aria-expanded", "true");
    if (["idle", "ended"].includes(this.chat.state)) this.chat.start();
    this.grow();
    this.show();
    this.log.scrollTop = this.log.scrollHeight;
    this.composer.settle();
    this.composer.text.focus();
  }

  /** Fetch what only an open chat needs; without it the conversation goes on all the same. */
  grow() {
    return (this.growing ??= import(`${this.chat.desk}/chat/v1/more.js`)
      .then(({ More }) => {
        this.more = new More(this, { h, icon, link, drawBlocks, sheetOf });
        this.dialog.dispatchEvent(new Event("grown"));
      })
      .catch(() => (this.growing = null)));
  }

  close() {
    const had = this.dialog.contains(this.dialog.getRootNode().activeElement);
    this.isOpen = false;
    this.dialog.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.show();
    // a page that closes the chat keeps its own focus
    if (had) this.launcher.focus();
  }

  /** Draw what changed; bubbles that stay as they are stay the same nodes, so nothing is reread. */
  show() {
    const { chat, words } = this;
    chat.looked = this.isOpen && document.visibilityState === "visible";
    if (chat.looked) chat.seen();
    this.showBadge();
    this.title.textContent = chat.about.title ?? words.chat;
    const trouble = { starting: words.connecting, down: words.down }[chat.state];
    this.hint.textContent = trouble ?? this.more?.hint() ?? chat.about.reply_hint ?? "";
    this.footer.hidden = Boolean(chat.about.form);
    if (this.isOpen) this.showLines();
    this.more?.show();
  }

  showBadge() {
    const { unread } = this.chat;
    this.badge.hidden = unread === 0 || this.isOpen;
    this.badge.textContent = unread > 9 ? "9+" : String(unread);
    const { open, close, unread: count } = this.words;
    const label = this.isOpen ? close : unread ? `${open}, ${count(unread)}` : open;
    this.launcher.setAttribute("aria-label", label);
  }

  showLines() {
    const { chat, log } = this;
    const below = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    const waiting = chat.outbox.all.filter(
      ({ cid, react, amend, failed }) => !react && (!amend || failed) && !chat.lines.some((line) => line.cid === cid),
    );
    const said = this.more?.amended(chat.lines) ?? chat.lines;
    const lines = [...this.greeting(), ...said, ...waiting.map((line) => ({ ...line, me: true }))];
    const drawn = new Map([...log.children].map((node) => [node.dataset.key, node]));
    const wanted = lines.map((line, index) => {
      const last = index === lines.length - 1;
      const key = [line.cid ?? line.id, line.seq ?? line.failed ?? "", line.version, last].join();
      return drawn.get(key) ?? this.draw(line, lines[index - 1], last, key);
    });
    for (const node of [...log.children]) if (!wanted.includes(node)) node.remove();
    wanted.forEach((node, index) => {
      if (log.children[index] !== node) log.insertBefore(node, log.children[index] ?? null);
    });
    if (below || lines.at(-1)?.me) log.scrollTop = log.scrollHeight;
  }

  greeting() {
    const { greeting } = this.chat.about;
    return greeting ? [{ id: "greeting", from: { kind: "bot" }, text: greeting, seq: 0.5 }] : [];
  }

  draw(line, previous, last, key) {
    const node = bubble(line, { ...this, previous, last });
    node.dataset.key = key;
    node.dataset.id = line.id;
    if (line.id === "greeting") node.querySelector("time")?.remove();
    return node;
  }

  showTyping({ on, for_s: seconds = 6 }) {
    clearTimeout(this.quiet);
    this.typing.hidden = !on;
    this.quiet = setTimeout(() => (this.typing.hidden = true), seconds * 1000);
  }
}
