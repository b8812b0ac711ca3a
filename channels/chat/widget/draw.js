// The document model as nodes: what an agent wrote becomes elements, never a string of HTML.
import { h } from "./dom.js";

const SPANS = { bold: "strong", italic: "em", strike: "s", underline: "u" };
const SAFE = /^(https?:\/\/|mailto:|tel:)/i;

/** Return elements for blocks; what is not known is shown as the text it holds. */
export function drawBlocks(blocks) {
  return blocks.map(drawBlock);
}

function drawBlock(block) {
  switch (block.type) {
    case "paragraph":
      return h("p", {}, drawLine(block.content));
    case "heading":
      return h("p", { class: "heading" }, drawLine(block.content));
    case "list": {
      const items = block.items.map((item) => h("li", {}, drawBlocks(item)));
      return h(block.ordered ? "ol" : "ul", { start: block.ordered && block.start }, items);
    }
    case "quote":
      return h("blockquote", {}, drawBlocks(block.blocks));
    case "code":
      return h("pre", { tabindex: 0 }, h("code", {}, block.text));
    case "table":
      return drawTable(block);
    case "rule":
      return h("hr");
    case "image":
      return h("p", {}, link(block.source, [block.alt || block.source]));
    default:
      return h("p", {}, block.text ?? "");
  }
}

function drawTable({ header, rows }) {
  const row = (cells, tag) => h("tr", {}, cells.map((cell) => h(tag, {}, drawLine(cell))));
  const body = rows.map((cells) => row(cells, "td"));
  const table = h("table", {}, h("thead", {}, row(header, "th")), h("tbody", {}, body));
  return h("div", { class: "wide", tabindex: 0 }, table);
}

function drawLine(inlines) {
  return inlines.map(drawInline);
}

function drawInline(inline) {
  switch (inline.type) {
    case "code_span":
      return h("code", {}, inline.text);
    case "link":
      return link(inline.href, drawLine(inline.children));
    case "mention":
      return `@${inline.name}`;
    case "emoji":
      return inline.unicode || `:${inline.name}:`;
    case "break":
      return h("br");
    case "spoiler":
      return h("span", { class: "spoiler", tabindex: 0 }, drawLine(inline.children));
    case "text":
      return inline.text;
    default:
      return h(SPANS[inline.type] ?? "span", {}, drawLine(inline.children ?? []));
  }
}

/** Return a link that opens elsewhere and tells nothing, or the bare words if it is none. */
export function link(href, children, properties = {}) {
  if (!SAFE.test(href)) return h("span", {}, children);
  const rel = "noopener noreferrer nofollow";
  return h("a", { href, rel, target: "_blank", ...properties }, children);
}
