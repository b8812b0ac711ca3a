// Building and renewing elements. Text is always text: nothing here makes markup of a string.

const SVG = "http://www.w3.org/2000/svg";

/** Return a new element: h("p", {class: "meta"}, "words", otherElement). */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** Return a drawing of the page's own. */
export function glyph(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** Make the children of `list` those of `items`; what did not change is left where it is. */
export function renew(list, items, key, draw) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const fresh = items.map((item) => {
    const stamp = JSON.stringify(item);
    const kept = old.get(String(key(item)));
    if (kept?.stamp === stamp) return kept;
    const made = draw(item);
    made.dataset.key = key(item);
    made.stamp = stamp;
    return made;
  });
  fresh.forEach((child, at) => {
    if (list.children[at] !== child) list.insertBefore(child, list.children[at] ?? null);
  });
  while (list.children.length > fresh.length) list.lastElementChild.remove();
}
