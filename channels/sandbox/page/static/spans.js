// Text with marks on stretches of it, as the Bot API tells it: offsets are UTF-16 units.
import { h } from "./dom.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g;

/** Return `text` as nodes, with its entities as elements; they nest but never cross. */
export function marked(text, entities = [], from = 0, to = text.length) {
  const inside = entities.filter((e) => e.offset >= from && e.offset + e.length <= to);
  inside.sort((a, b) => a.offset - b.offset || b.length - a.length);
  const nodes = [];
  let at = from;
  for (const entity of inside) {
    const end = entity.offset + entity.length;
    if (entity.offset < at) continue;
    nodes.push(...linked(text.slice(at, entity.offset)));
    const deeper = inside.filter((e) => e !== entity);
    nodes.push(element(entity, text, marked(text, deeper, entity.offset, end)));
    at = end;
  }
  nodes.push(...linked(text.slice(at, to)));
  return nodes;
}

/** Return plain text as nodes, with the addresses in it as links. */
export function linked(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    nodes.push(text.slice(at, found.index), link(found[0], [found[0]]));
    at = found.index + found[0].length;
  }
  return [...nodes, text.slice(at)].filter((node) => node !== "");
}

/** Return a link that opens elsewhere; an address that is no web page stays text. */
export function link(address, children) {
  if (!/^https?:\/\//.test(address)) return h("span", {}, ...children);
  return h("a", { href: address, target: "_blank", rel: "noopener" }, ...children);
}

function element(entity, text, children) {
  if (entity.type === "text_link") return link(entity.url, children);
  if (entity.type === "url") {
    const address = text.slice(entity.offset, entity.offset + entity.length);
    return link(address, [address]);
  }
  return h(TAGS[entity.type] ?? "span", { class: entity.type }, ...children);
}
