// The conversation: what was said, what waits to be sent, what has been seen.
import { Line, backoff } from "./line.js";
import { applied } from "./lines.js";
import { Outbox } from "./outbox.js";
import { storeFor } from "./store.js";

const KEPT = ["token", "outbox"];

export class Chat extends EventTarget {
  /** `asks` gives what the session request tells about this page, afresh each time. */
  constructor({ base, inbox, asks }) {
    super();
    this.desk = base;
    this.base = `${base}/chat/v1/${encodeURIComponent(inbox)}`;
    this.store = storeFor(inbox);
    this.outbox = new Outbox(this.store);
    this.asks = asks;
    Object.assign(this, { lines: [], cursor: 0, read: 0, about: {}, state: "idle", tries: 0 });
    this.line = new Line({
      at: () => ({ base: this.base, token: (this.shown = this.token), cursor: this.cursor, ask: () => this.looked }),
      hear: (frame) => this.hear(frame),
      tell: (state) => this.told(state),
    });
  }

  get token() {
    return this.store.get("token");
  }

  get unread() {
    return this.lines.filter((line) => !line.me && line.seq > this.read).length;
  }

  /** Begin or resume the session; its answer replaces what this page had. */
  async start() {
    if (this.state === "starting") return;
    this.change("starting");
    clearTimeout(this.timer);
    const { space } = this.store;
    try {
      const body = JSON.stringify({ ...this.asks(), solution: this.solution, token: this.token ?? null });
      const headers = { "Content-Type": "application/json" };
      const response = await fetch(`${this.base}/session`, { method: "POST", headers, body });
      const answer = await response.json();
      if (space !== this.store.space) return this.change("idle"), this.start(); // somebody was named
      if (!response.ok) throw { ...answer, status: response.status };
      this.begin(answer);
    } catch (trouble) {
      this.puzzle = trouble.puzzle;
      const refused = trouble.status < 500 && !trouble.retry_after_s; // asking again is no use
      const ms = (trouble.retry_after_s ?? 0) * 1000 || backoff(this.tries++);
      if (refused) this.dispatchEvent(new CustomEvent("refused", { detail: trouble }));
      else this.timer = setTimeout(() => this.start(), ms);
      this.change(refused ? "ended" : "down");
    }
  }

  begin({ token, messages, cursor, read, ...about }) {
    this.tries = 0;
    this.page = JSON.stringify(this.asks().page);
    this.store.set("token", token);
    Object.assign(this, { lines: messages.reduce(applied, []), cursor, read, about });
    for (const line of messages) if (line.cid) this.outbox.drop(line.cid);
    this.dispatchEvent(new Event("begun"));
    this.change("connecting");
    this.line.start();
  }

  /** Say something: {text, files, action, person, react, amend}. It is kept until the desk has it. */
  say(fields) {
    this.outbox.add(fields);
    this.change();
    if (this.state === "ended" || this.state === "idle") this.start();
    else this.flush();
  }

  /** Everything shown has been seen. */
  seen() {
    const { seq } = this.lines.findLast((line) => !line.me) ?? { seq: 0 };
    if (seq <= this.read) return;
    this.read = seq;
    this.line.send({ t: "read", seq });
    this.change();
  }

  /** Ask for the session anew: what this page has is no longer what the desk has. */
  again() {
    this.line.stop();
    this.start();
  }

  /** This page is of one user of the site now: who is new here takes along what nobody signed. */
  become(space) {
    const { store } = this;
    const kept = store.space ? [] : KEPT.map((name) => [name, store.get(name)]);
    store.space = space;
    if (this.token) return;
    for (const one of kept) store.set(...one);
    store.space = "";
    if (kept.length) this.wipe();
    store.space = space;
  }

  wipe() {
    for (const name of KEPT) this.store.set(name, undefined);
  }

  retry(cid) {
    this.outbox.fail(cid, undefined);
    this.change();
    this.flush();
  }

  discard(cid) {
    this.outbox.drop(cid);
    this.change();
  }

  stop() {
    clearTimeout(this.timer);
    clearTimeout(this.later);
    this.line.stop();
    this.change("idle");
  }

  /** Leave: the token is void, and nothing of the conversation stays in this browser. */
  leave() {
    const headers = { Authorization: `Bearer ${this.token}` };
    if (this.token) fetch(`${this.base}/logout`, { method: "POST", headers, keepalive: true }).catch(() => {});
    this.wipe();
    this.forget();
    this.wipe();
  }

  forget() {
    this.store.drop("token");
    this.store.space = "";
    Object.assign(this, { lines: [], cursor: 0, read: 0, about: {}, flying: null });
    this.stop();
  }

  // One message at a time: the next goes when the one before is acknowledged, so order holds.
  flush() {
    const message = this.outbox.next;
    if (!message || this.flying || this.about.form) return;
    const { page } = this.asks();
    const place = JSON.stringify(page);
    if (place !== this.page) this.line.send({ t: "page", ...page });
    this.page = place;
    const files = (message.files ?? []).map((file) => file.id);
    if (this.line.send({ ...message, t: "msg", files })) this.flying = message.cid;
  }

  hear(frame) {
    if (/^(msg|edit|gone|react)$/.test(frame.t)) this.take(frame);
    else if (frame.t === "typing") this.dispatchEvent(new CustomEvent("typing", { detail: frame }));
    else if (frame.outlook) {
      this.about.outlook = frame.outlook;
      this.change();
    }
    else if (frame.t === "ack" || frame.t === "err") this.settled(frame);
  }

  take(line) {
    if (line.seq <= this.cursor) return;
    if (line.seq !== this.cursor + 1) {
      return this.again();
    }
    this.cursor = line.seq;
    this.lines = applied(this.lines, line);
    if (line.cid) this.outbox.drop(line.cid);
    this.change();
    if (!line.of) this.dispatchEvent(new CustomEvent("line", { detail: line }));
  }

  settled({ t, cid, code, text, retry_after_s: later }) {
    if (cid !== this.flying) return;
    this.flying = null;
    if (code === "form") return this.again();
    if (t === "ack") this.outbox.drop(cid);
    else if (later === null) this.outbox.fail(cid, text);
    if (t === "err" && later !== null) this.later = setTimeout(() => this.flush(), later * 1000);
    else this.flush();
    this.change();
  }

  told(state) {
    this.flying = null;
    clearTimeout(this.later);
    if (state === "up") this.flush();
    // Another page may have begun anew already: its token stays.
    const { space } = this.store;
    if (state === "ended" && this.token === this.shown && !space) this.store.set("token", undefined);
    this.change(state);
    if (state === "gap" || (state === "ended" && (space || this.outbox.next))) this.start();
  }

  change(state = this.state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
