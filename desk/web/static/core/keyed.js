// A list whose nodes stay where their keys stay: only what is new is made, what is gone leaves.

import { batch, effect, onEnd, scope, signal, untracked } from "./signal.js";

// Keep `parent`'s children in step with `items()`. `make(item)` gets the item as a signal and
// returns one node; it runs once per key. A node that has the focus keeps it when it moves.
export function keyed(parent, items, key, make) {
  let held = new Map(); // key → {node, item, end}
  const step = () => {
    const list = items();
    untracked(() => batch(() => place(list)));
  };
  const place = (list) => {
    const next = new Map();
    for (const item of list) {
      const name = key(item);
      if (next.has(name)) continue;
      const known = held.get(name);
      if (known) known.item.set(item);
      next.set(name, known ?? made(item, make));
    }
    const focus = document.activeElement;
    for (const [name, one] of held) if (!next.has(name)) leave(one);
    let here = parent.firstChild;
    for (const { node } of next.values()) {
      if (node === here) here = here.nextSibling;
      else parent.insertBefore(node, here);
    }
    if (focus !== document.activeElement && parent.contains(focus)) {
      focus.focus({ preventScroll: true });
    }
    held = next;
  };
  effect(step);
  onEnd(() => held.forEach(leave));
  return parent;
}

function made(value, make) {
  const one = { item: signal(value), node: null, end: null };
  one.end = scope(() => {
    one.node = make(one.item);
  });
  return one;
}

function leave(one) {
  one.end();
  one.node.remove();
}
