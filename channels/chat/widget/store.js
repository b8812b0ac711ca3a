// What a browser remembers for one inbox: in localStorage, or in memory where that is refused.

/** Return get and set for one inbox; values are JSON. */
export function storeFor(inbox) {
  const memory = new Map();
  const key = (name) => `parley:${inbox}:${name}`;
  return {
    key,
    drop: (name) => memory.delete(name), // another page has taken it away
    get(name) {
      try {
        return JSON.parse(localStorage.getItem(key(name))) ?? memory.get(name);
      } catch {
        return memory.get(name);
      }
    },
    set(name, value) {
      memory.set(name, value);
      try {
        if (value === undefined) localStorage.removeItem(key(name));
        else localStorage.setItem(key(name), JSON.stringify(value));
      } catch {
        // private browsing or a full store: memory has it until the page goes, and what the
        // store still has is of yesterday
        try {
          localStorage.removeItem(key(name));
        } catch {
          // refused altogether
        }
      }
    },
  };
}
