// Which part of a long list is drawn: offsets of items of two heights, and what is in sight.

import { signal } from "../../core/signal.js";

const SPARE_PX = 400; // drawn above and below what is in sight

// `heights(item)` in pixels. Returns offsets with the total at the end.
export function offsetsOf(items, height) {
  const offsets = new Float64Array(items.length + 1);
  items.forEach((item, at) => {
    offsets[at + 1] = offsets[at] + height(item);
  });
  return offsets;
}

// The index of the last item that begins at or above `y`.
export function indexAt(offsets, y) {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle] <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

// [first, last) of the items to draw.
export function inSight(offsets, top, height) {
  const first = indexAt(offsets, Math.max(0, top - SPARE_PX));
  const last = indexAt(offsets, top + height + SPARE_PX) + 1;
  return [first, Math.min(last, offsets.length - 1)];
}

// Follow a scrolling element: signals of where it stands and how high it is.
export function followScroll(node) {
  const top = signal(node.scrollTop);
  const height = signal(node.clientHeight || 800);
  node.addEventListener("scroll", () => top.set(node.scrollTop), { passive: true });
  new ResizeObserver(() => height.set(node.clientHeight)).observe(node);
  return { top, height };
}
