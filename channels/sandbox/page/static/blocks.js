// Slack's blocks as elements.
import { h } from "./dom.js";
import { link, linked } from "./spans.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };

/** Return the words of a message: its blocks, or its text where it has none. */
export function words(message) {
  const drawn = message.blocks.map(block).filter(Boolean);
  return drawn.length ? drawn : [h("p", {}, ...linked(message.text))];
}

function block(given) {
  if (given.type === "rich_text") return h("div", {}, ...given.elements.map(rich));
  if (given.type === "section" || given.type === "header") {
    return h("p", {}, ...linked(given.text.text));
  }
  if (given.type === "context") {
    return h("p", { class: "meta" }, ...given.elements.map((one) => one.text ?? ""));
  }
  if (given.type === "markdown") return h("p", {}, ...linked(given.text));
  return given.type === "divider" ? h("hr") : null;
}

function rich(given) {
  const inside = given.elements ?? [];
  if (given.type === "rich_text_list") {
    const tag = given.style === "ordered" ? "ol" : "ul";
    return h(tag, {}, ...inside.map((item) => h("li", {}, rich(item))));
  }
  if (given.type === "rich_text_quote") return h("blockquote", {}, ...inside.map(inline));
  if (given.type === "rich_text_preformatted") return h("pre", {}, ...inside.map(inline));
  return h("p", {}, ...inside.map(inline));
}

function inline(given) {
  let node = given.text ?? "";
  if (given.type === "link") node = link(given.url, [given.text || given.url]);
  if (given.type === "user") node = `@${given.user_id}`;
  if (given.type === "emoji") node = given.unicode ? emoji(given.unicode) : `:${given.name}:`;
  for (const [style, tag] of Object.entries(STYLES)) {
    if (given.style?.[style]) node = h(tag, {}, node);
  }
  return node;
}

function emoji(unicode) {
  return String.fromCodePoint(...unicode.split("-").map((part) => parseInt(part, 16)));
}
