// Words with formatting, made of a few harmless elements; addresses in plain text become links.

import { h } from "../../core/dom.js";

const ALLOWED = new Set(
  "P BR STRONG B EM I U S DEL CODE PRE BLOCKQUOTE UL OL LI H1 H2 H3 H4 H5 H6 A TABLE THEAD TBODY TR TH TD HR SPAN DIV".split(
    " ",
  ),
);
const DROPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "TITLE"]);
const ADDRESS = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]'»”]/g;
const SAFE = /^(https?:|mailto:|tel:)/i;
const away = { target: "_blank", rel: "noopener noreferrer nofollow" };

export function rich(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return h("div", { class: "rich" }, [...parsed.body.childNodes].flatMap(safe));
}

function safe(node) {
  if (node.nodeType === Node.TEXT_NODE) return [node.data];
  const tag = node.tagName?.toUpperCase(); // in SVG names keep their case
  if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(tag)) return [];
  const inside = [...node.childNodes].flatMap(safe);
  if (!ALLOWED.has(tag)) return inside;
  const href = tag === "A" && node.getAttribute("href");
  if (tag === "A" && !SAFE.test(href ?? "")) return inside;
  const props = href ? { href, ...away } : {};
  if (tag === "OL" && node.start !== 1) props.start = node.start;
  return [h(tag.toLowerCase(), props, inside)];
}

export function plain(text) {
  return h("div", { class: "plain" }, linked(text));
}

function linked(text) {
  const parts = [];
  let from = 0;
  for (const { 0: href, index } of text.matchAll(ADDRESS)) {
    parts.push(text.slice(from, index), h("a", { href, ...away }, href));
    from = index + href.length;
  }
  return [...parts, text.slice(from)];
}
