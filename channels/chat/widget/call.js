// Calls a reader who looks elsewhere: the page's title says that something came, and who wants it
// hears it. A sound needs a gesture on the page before, as browsers have it.

const TURN_MS = 1500;

export class Sound {
  constructor(store) {
    this.store = store;
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, () => this.ready(), { once: true });
  }

  get on() {
    return Boolean(this.store.get("sound"));
  }

  toggle() {
    this.store.set("sound", !this.on);
    this.ready();
    this.play();
  }

  ready() {
    if (this.on) this.context ??= new AudioContext();
  }

  /** Two soft notes, one after the other. */
  play() {
    const { context } = this;
    if (!this.on || context?.state !== "running") return;
    for (const [after, pitch] of [[0, 660], [0.12, 880]]) {
      const at = context.currentTime + after;
      const loudness = new GainNode(context, { gain: 0 });
      const tone = new OscillatorNode(context, { frequency: pitch });
      loudness.gain.setValueAtTime(0.08, at);
      loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.25);
      tone.connect(loudness).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.3);
    }
  }
}

/** Say in the title of a hidden page how much is unread, until somebody looks. */
export class Title {
  constructor(panel) {
    this.panel = panel;
    document.addEventListener("visibilitychange", () => document.hidden || this.rest());
  }

  call() {
    if (!document.hidden) return;
    this.rest();
    const own = document.title;
    const { chat, words } = this.panel;
    this.said = `${words.unread(chat.unread)} · ${own}`;
    this.own = own;
    const turn = () => (document.title = document.title === this.said ? own : this.said);
    turn();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!still) this.timer = setInterval(turn, TURN_MS);
  }

  rest() {
    clearInterval(this.timer);
    if (document.title === this.said) document.title = this.own; // else the page has another by now
    this.said = null;
  }
}
