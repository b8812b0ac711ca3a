// Icons: channels have four glyphs of our own, everything else is a line drawing.

import { svg } from "../../core/dom.js";
import { words } from "../words/states.js";

const CHANNELS = new Set(["email", "chat", "telegram", "slack"]);

export function icon(name, title) {
  const label = title ? { role: "img", "aria-label": title } : { "aria-hidden": "true" };
  return svg("svg", { class: "icon", ...label }, svg("use", { href: `#icon-${name}` }));
}

export const channelGlyph = (channel) =>
  icon(CHANNELS.has(channel) ? channel : "chat", words(channel));
