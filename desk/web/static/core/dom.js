// Elements from JavaScript, with live attributes and children: a function is read in an effect.

import { effect } from "./signal.js";

const SVG = "http://www.w3.org/2000/svg";

// h("button", {class: "button", onclick, disabled: () => busy()}, "Send")
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

// The same for SVG.
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "ref") value(node);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (typeof value === "function") effect(() => put(node, name, value()));
    else put(node, name, value);
  }
  append(node, children);
  return node;
}

// Attributes by their names; `value`, `checked` and `scrollTop` as properties.
export function put(node, name, value) {
  if (name === "value" || name === "checked") {
    if (node[name] !== value) node[name] = value;
  } else if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

export function append(parent, children) {
  for (const child of children.flat(9)) {
    if (typeof child === "function") live(parent, child);
    else if (child !== null && child !== undefined && child !== false) parent.append(child);
  }
}

function live(parent, read) {
  const end = document.createTextNode("");
  let shown = [];
  parent.append(end);
  effect(() => {
    const found = [read()]
      .flat(9)
      .filter((one) => one !== null && one !== undefined && one !== false);
    if (found.length === 1 && shown.length === 1 && isText(found[0]) && shown[0].nodeType === 3) {
      shown[0].data = String(found[0]);
      return;
    }
    const before = shown;
    const mine = found.map((one) => (isText(one) ? document.createTextNode(String(one)) : one));
    shown = mine;
    before.forEach((node) => node.remove());
    // Removing what has the focus runs handlers, which may have brought us here again meanwhile.
    if (shown === mine) end.before(...mine);
  });
}

const isText = (one) => !(one instanceof Node);
