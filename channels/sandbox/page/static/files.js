// Files on a phone's screen: pictures are shown, all else is offered.
import { fileAddress } from "./ask.js";
import { glyph, h } from "./dom.js";

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** Return a file as it is shown in a message. */
export function attached(phone, file) {
  const address = fileAddress(phone, file.id);
  if (PICTURES.includes(file.mime)) {
    return h("a", { href: address, target: "_blank", class: "picture" },
      h("img", { src: address, alt: file.name }));
  }
  const size = `${Math.max(1, Math.round(file.size_bytes / 1024))} kB`;
  return h("a", { href: address, class: "file", download: file.name }, glyph("file"),
    h("span", {}, file.name, h("small", {}, size)));
}
