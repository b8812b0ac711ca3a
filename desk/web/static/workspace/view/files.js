// Attachments: pictures to look at, links that save, a question before what may do harm.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { bytes } from "../words/sizes.js";
import { riskWords } from "../words/risks.js";
import { dialog } from "./dialog.js";
import { icon } from "./glyph.js";

const TINY_BYTES = 3000; // a picture smaller than this is an ornament of the letter

export function fileLinks(files) {
  const shown = files.filter((file) => !isOrnament(file));
  if (!shown.length) return null;
  return h(
    "ul",
    { class: "files" },
    shown.map((file) => h("li", {}, file.picture ? thumbnail(file) : link(file))),
  );
}

// What the formatting shows already, and logos that came with every letter before.
const isOrnament = (file) =>
  file.inline && (!file.picture || file.seen || file.size_bytes < TINY_BYTES);

const address = (file) => `/api/v1/files/${file.public_id}`;

function thumbnail(file) {
  const src = `${address(file)}/picture`;
  return h(
    "a",
    { class: "thumbnail", href: src, target: "_blank", rel: "noopener", title: file.name },
    h("img", { src, alt: file.name, loading: "lazy" }),
  );
}

function link(file) {
  const about = h("span", { class: "meta" }, file.problem || bytes(file.size_bytes));
  if (file.problem) return h("span", { class: "file missing" }, icon("file"), file.name, about);
  if (file.risk) return risky(file, about);
  return h(
    "a",
    { class: "file", href: address(file), download: file.name },
    icon("file"),
    h("span", {}, file.name),
    about,
  );
}

function risky(file, about) {
  return h(
    "button",
    { class: "file risky", type: "button", onclick: () => askFirst(file) },
    icon("warning"),
    h("span", {}, file.name),
    about,
  );
}

function askFirst(file) {
  const save = h(
    "a",
    { class: "button", href: address(file), download: file.name, onclick: () => close() },
    t("Save it all the same"),
  );
  const close = dialog(
    t("Open {name} with care", { name: file.name }),
    h("div", { class: "asked" }, h("p", {}, riskWords(file.risk)), h("p", {}, save)),
  );
}
