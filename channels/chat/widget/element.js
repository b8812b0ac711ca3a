// <parley-chat inbox="ID" base="https://desk.example" lang="fr" theme="light"> and its API:
// open close toggle prefill identify logout setContext, and the events chat:open chat:close
// chat:message chat:ready chat:error.
import { Chat } from "./chat.js";
import { HOME } from "./home.js";
import { Panel } from "./panel.js";
import { sheet } from "./style.js";
import { textsFor, textsFrom } from "./words.js";

export class ParleyChat extends HTMLElement {
  context = {};
  person = {};

  connectedCallback() {
    if (this.panel) {
      if (this.chat.token) this.chat.start();
      return;
    }
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet()];
    const lang = this.lang || document.documentElement.lang || navigator.language || "en";
    const base = (this.getAttribute("base") || HOME).replace(/\/$/, "");
    this.chat = new Chat({ base, inbox: this.getAttribute("inbox"), asks: () => this.asks(lang) });
    this.panel = new Panel(this.chat, lang);
    this.texts = textsFor(lang);
    this.speak();
    textsFrom(base, lang).then((texts) => this.speak(texts));
    this.panel.dialog.addEventListener("grown", () => {
      this.texts = { ...this.panel.more.textsFor(lang), ...this.texts };
      this.speak();
      this.panel.show();
    });
    root.append(this.panel.dialog, this.panel.launcher);
    this.chat.addEventListener("begun", () => this.speak());
    this.chat.addEventListener("begun", () => this.tell("ready"));
    this.chat.addEventListener("refused", ({ detail }) => this.tell("error", detail));
    addEventListener("storage", ({ key, newValue }) => {
      if (key === this.chat.store.key("token") && newValue === null) this.left(); // elsewhere
    });
    this.chat.addEventListener("line", ({ detail }) => this.heard(detail));
    document.addEventListener("visibilitychange", () => this.panel.show());
    // What was written before the first answer came, and a reload, goes out now.
    if (this.chat.token || this.chat.outbox.next) this.chat.start();
  }

  disconnectedCallback() {
    this.chat.stop();
  }

  /** What the session request tells of this page: nothing but where and in which language. */
  asks(lang) {
    const page = { url: location.href.slice(0, 2048), title: document.title.slice(0, 256), about: this.context };
    const form = {};
    for (const name of ["name", "email"]) {
      if (this.hasAttribute(name)) form[name] = this.getAttribute(name);
    }
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    return { page, lang, tz: timeZone ?? "", form, link_token: this.getAttribute("link-token"), ...this.person };
  }

  /** Speak the language's texts, with the inbox's in their place, and the site's before both. */
  speak(texts = {}) {
    this.texts = { ...this.texts, ...texts };
    this.panel.speak({ ...this.texts, ...this.chat.about.words, ...this.words });
  }

  heard(line) {
    this.panel.showTyping({ on: false });
    if (!line.me) this.panel.grow().then(() => this.panel.more?.call());
    this.tell("message", { text: line.text, me: Boolean(line.me) });
  }

  open() {
    this.panel.open();
    this.tell("open");
  }

  close() {
    this.panel.close();
    this.tell("close");
  }

  toggle() {
    if (this.panel.isOpen) this.close();
    else this.open();
  }

  /** Open with `text` in the composer, not yet sent. */
  prefill(text) {
    this.open();
    this.panel.composer.text.value = text;
    this.panel.composer.settle();
  }

  /** Say who the visitor is: {jwt}, or {user: {id, hash}}; signed by the site's own server. */
  identify(person) {
    this.person = person;
    this.chat.become(`${idOf(person)}:`);
    if (this.chat.token || this.panel.isOpen) this.chat.again();
  }

  /** Forget the visitor: nothing of his conversation stays in this browser. */
  logout() {
    this.person = this.context = {};
    this.chat.leave();
    if (this.panel.isOpen) this.close();
  }

  left() {
    this.person = {};
    this.chat.forget();
  }

  /** Tell those who answer something of the page or the visitor: words by name. */
  setContext(context) {
    this.context = { ...this.context, ...context };
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`chat:${name}`, { bubbles: true, composed: true, detail }));
  }
}

/** Return the site's id for whom it names; what it is worth, the desk judges. */
function idOf({ jwt, user }) {
  try {
    return user?.id ?? JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub;
  } catch {
    return "?";
  }
}
