// Makes elements. Text only ever becomes text nodes: there is no innerHTML in this widget.

/** Return a new element; `on…` properties are listeners, null and false leave an attribute out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child || child === ""));
  return element;
}

const PATHS = {
  speech: "M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8l-4 4v-4a2 2 0 0 1-2-2z",
  cross: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M6 11l6-6 6 6",
  clip: "M8 12.5l6-6a3 3 0 0 1 4.3 4.3l-7.6 7.6a5 5 0 0 1-7-7L11 4",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
};

/** Return one of our line icons; it is decoration, the button carries the words. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
