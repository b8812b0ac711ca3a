// Messages not yet acknowledged, in the order written; they survive a reload.

export class Outbox {
  constructor(store) {
    this.store = store;
  }

  get all() {
    return this.store.get("outbox") ?? [];
  }

  /** The next one to send: the oldest that has not failed for good. */
  get next() {
    return this.all.find((message) => !message.failed);
  }

  add(fields) {
    const cid = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
    this.store.set("outbox", [...this.all, { cid, at: new Date().toISOString(), ...fields }]);
  }

  /** Forget the message: it was acknowledged, or its writer gave it up. */
  drop(cid) {
    this.store.set("outbox", this.all.filter((message) => message.cid !== cid));
  }

  /** Keep the message as failed, with the reason; undefined: try it again. */
  fail(cid, reason) {
    this.store.set(
      "outbox",
      this.all.map((message) => (message.cid === cid ? { ...message, failed: reason } : message)),
    );
  }
}
