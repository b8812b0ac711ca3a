// What a browser remembers for one inbox: in localStorage, or in memory where that is refused.

/** Return get and set for one inbox; values are JSON. Each `space`, a user of the site, has his own. */
export function storeFor(inbox) {
  const memory = new Map();
  const key = (name) => `parley:${inbox}:${store.space}${name}`;
  const store = {
    space: "",
    key,
    drop: (name) => memory.delete(key(name)), // another page has taken it away
    get(name) {
      try {
        return JSON.parse(localStorage.getItem(key(name))) ?? memory.get(key(name));
      } catch {
        return memory.get(key(name));
      }
    },
    set(name, value) {
      memory.set(key(name), value);
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
  return store;
}
