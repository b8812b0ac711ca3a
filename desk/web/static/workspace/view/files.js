// Attachments: links that save, with their size; why one is missing.

import { h } from "../../core/dom.js";
import { bytes } from "../words/sizes.js";
import { icon } from "./glyph.js";

export function fileLinks(files) {
  if (!files.length) return null;
  return h(
    "ul",
    { class: "files" },
    files.map((file) => h("li", {}, link(file))),
  );
}

function link(file) {
  const about = h("span", { class: "meta" }, file.problem || bytes(file.size_bytes));
  if (file.problem) return h("span", { class: "file missing" }, icon("file"), file.name, about);
  const href = `/api/v1/files/${file.public_id}`;
  return h(
    "a",
    { class: "file", href, download: file.name },
    icon("file"),
    h("span", {}, file.name),
    about,
  );
}
