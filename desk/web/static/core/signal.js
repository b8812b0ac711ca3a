// Values that tell who reads them: signal, computed, effect, batch, scope.
// An effect runs again after a batch, once, and only if something it read has really changed.

let reader = null; // the computed or effect that is running
let owner = null; // what disposes the effects made now
let depth = 0;
let waiting = new Set();

class Source {
  constructor(value) {
    this.value = value;
    this.readers = new Set();
  }
  fresh() {} // a plain value always is
  read() {
    this.fresh();
    if (reader) {
      reader.seen.set(this, this.value);
      this.readers.add(reader);
    }
    return this.value;
  }
}

class Reader extends Source {
  constructor(run) {
    super(undefined);
    this.run = run;
    this.seen = new Map(); // source → the value it had
    this.stale = true;
  }
  changed() {
    for (const [source, value] of this.seen) {
      source.fresh();
      if (!Object.is(source.value, value)) return true;
    }
    return this.seen.size === 0;
  }
  again() {
    for (const source of this.seen.keys()) source.readers.delete(this);
    this.seen = new Map();
    const before = reader;
    reader = this;
    try {
      return this.run();
    } finally {
      reader = before;
    }
  }
  forget() {
    for (const source of this.seen.keys()) source.readers.delete(this);
    this.seen.clear();
    waiting.delete(this);
  }
}

class Computed extends Reader {
  fresh() {
    if (!this.stale) return;
    this.stale = false;
    if (this.changed()) this.value = this.again();
  }
  mark() {
    if (this.stale) return;
    this.stale = true;
    tell(this);
  }
}

class Effect extends Reader {
  mark() {
    waiting.add(this);
  }
  settle() {
    if (!this.changed()) return;
    this.scope?.();
    this.scope = scope(() => this.again());
  }
}

const tell = (source) => {
  for (const one of [...source.readers]) one.mark();
};

const flush = () => {
  for (let rounds = 0; waiting.size; rounds += 1) {
    if (rounds > 100) throw new Error("effects that never come to rest");
    const now = waiting;
    waiting = new Set();
    for (const effect of now) if (!effect.over) attempt(effect);
  }
};

const attempt = (effect) => {
  try {
    effect.settle();
  } catch (error) {
    reportError(error); // one screen part that fails must not stop the others
  }
};

// Let several writes count as one.
export function batch(write) {
  depth += 1;
  try {
    return write();
  } finally {
    depth -= 1;
    if (depth === 0) flush();
  }
}

// A value: `v()` reads it, `v.set(next)` changes it, `v.peek()` reads without subscribing.
export function signal(value) {
  const source = new Source(value);
  const read = () => source.read();
  read.peek = () => source.value;
  read.set = (next) => {
    if (Object.is(next, source.value)) return;
    source.value = next;
    batch(() => tell(source));
  };
  read.change = (how) => read.set(how(source.value));
  return read;
}

// A value made of others, worked out when somebody asks.
export function computed(make) {
  const source = new Computed(make);
  owner?.push(() => {
    source.forget();
    source.stale = true;
  });
  return () => source.read();
}

// Run now and whenever something read has changed; returns what ends it.
export function effect(run) {
  const made = new Effect(run);
  const end = () => {
    made.over = true;
    made.forget();
    made.scope?.();
  };
  owner?.push(end);
  made.settle();
  return end;
}

// Run `make` and return what ends all effects made in it.
export function scope(make) {
  const before = owner;
  const mine = [];
  owner = mine;
  try {
    make();
  } finally {
    owner = before;
  }
  return () => mine.splice(0).forEach((end) => end());
}

// Call `end` when the effects made here end.
export function onEnd(end) {
  owner?.push(end);
}

// Read without subscribing.
export function untracked(read) {
  const before = reader;
  reader = null;
  try {
    return read();
  } finally {
    reader = before;
  }
}
