// What happens now: the desk's facts in sentences, each with its case.
import { glyph, h, renew } from "./dom.js";
import { atEnd } from "./frame.js";
import { clock } from "./time.js";

/** Return what shows the lines in `list`. */
export function story(list) {
  return (lines) => atEnd(list, () => renew(list, lines, (line) => line.seq, drawn));
}

function drawn({ kind, text, number, at }) {
  return h("li", { class: kind }, glyph(kind), h("p", {}, text),
    h("span", { class: "meta" }, `#${number} `, clock(at)));
}
