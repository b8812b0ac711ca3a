// The line to the desk: one WebSocket that comes back by itself, or an event stream where
// WebSockets are blocked. It knows nothing of messages: frames in, frames out.
import { openSocket } from "./socket.js";
import { openStream } from "./stream.js";
import { openTab } from "./tab.js";

const RESTART = 1012;
const END = { 4401: "ended", 4001: "gap" };

export class Line {
  /** `at` gives {base, token, cursor} afresh; `hear` gets frames; `tell` gets the line's state. */
  constructor({ at, hear, tell }) {
    Object.assign(this, { at, hear, tell, failures: 0, up: false, wanted: false });
    this.cut = () => this.wanted && this.wire && (this.hang(), this.lost(1006));
    this.soon = () => this.wanted && !this.up && document.visibilityState === "visible" && this.dial();
  }

  start() {
    if (this.wanted) return;
    this.wanted = true;
    addEventListener("online", this.soon);
    addEventListener("offline", this.cut);
    document.addEventListener("visibilitychange", this.soon);
    this.dial();
  }

  stop() {
    this.wanted = this.up = false;
    removeEventListener("online", this.soon);
    removeEventListener("offline", this.cut);
    document.removeEventListener("visibilitychange", this.soon);
    this.hang();
  }

  // What the wire still says after this is nobody's: it is forgotten before it is closed.
  hang() {
    clearTimeout(this.timer);
    const { wire } = this;
    this.wire = null;
    wire?.close();
  }

  send(frame) {
    if (!this.up) return false;
    return this.wire.send(frame);
  }

  dial() {
    this.hang();
    // After three refusals in a row every other try is made without WebSocket.
    const open = this.failures >= 3 && this.failures % 2 ? openStream : openSocket;
    const wire = openTab(open, this.at, {
      hear: (frame) => this.wire === wire && this.heard(frame),
      closed: (code) => this.wire === wire && this.lost(code),
    });
    this.wire = wire;
  }

  heard(frame) {
    this.asked = frame.t === "bye" && frame.retry_after_s;
    if (frame.t === "welcome") {
      this.failures = 0;
      this.up = true;
      this.tell("up");
    }
    this.hear(frame);
  }

  lost(code) {
    this.up = false;
    this.wire = null;
    if (END[code]) {
      this.stop();
      this.tell(END[code]);
      return;
    }
    this.tell("down");
    const step = code === RESTART ? 1 : this.failures;
    this.failures += 1;
    this.timer = setTimeout(() => this.dial(), this.asked ? around(this.asked) : backoff(step));
    this.asked = 0;
  }
}

/** Return ms to wait: 0.3 s doubled each time up to 30 s, give or take half. */
export const backoff = (step) => around(Math.min(30, 0.3 * 2 ** step));

const around = (seconds) => 1000 * seconds * (0.5 + Math.random());
