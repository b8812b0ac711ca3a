// What a message has besides its words: older mail quoted under it, its own formatting, its trace.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { ask } from "../store/ask.js";
import * as cases from "../store/cases.js";
import { originals } from "../store/furniture.js";
import { split } from "../store/merges.js";
import { plain } from "./rich.js";

export function quoted({ text, full_text: whole }) {
  if (!whole || whole.trim().length <= text.trim().length) return null;
  return h(
    "details",
    { class: "fold" },
    h("summary", {}, t("Show quoted text")),
    h("div", { class: "quoted" }, plain(whole)),
  );
}

// Why it is in this case, the way to it as it came or left, and the way out of the case.
export function details({ id, channel, author, trace, original: kept }, row) {
  const isFile = kept && originals.includes(channel);
  const canLeave = author === "customer" && !isFirst(id);
  if (!trace.length && !isFile && !canLeave) return null;
  const save = () =>
    h("a", { href: `/api/v1/messages/${id}/original`, download: "" }, t("Save the original"));
  return h(
    "details",
    { class: "fold" },
    h("summary", {}, t("Details")),
    h("ul", { class: "trace" }, [
      ...trace.map((step) => h("li", {}, step.words)),
      isFile ? h("li", {}, save()) : null,
    ]),
    canLeave
      ? h(
          "button",
          { class: "button small", type: "button", onclick: () => split(row(), id) },
          t("Split from here: a case of its own"),
        )
      : null,
  );
}

const isFirst = (id) =>
  cases.open()?.timeline.find(({ type }) => type === "message")?.id === id;

// Formatting of strangers is shown in a frame where no script runs and nothing is fetched.
export function original(message) {
  if (!message.html) return null;
  const box = h("details", { class: "fold" }, h("summary", {}, t("Show original formatting")));
  box.addEventListener("toggle", () => {
    if (box.open && !box.querySelector("iframe")) box.append(...framed(message));
  });
  return box;
}

const REMOTE = /<img\b[^<>]*\bsrc="https?:/gi;

function framed({ id, html, identity_id: identity }) {
  const src = `/workspace/messages/${id}/original`;
  const frame = h("iframe", {
    src,
    sandbox: "allow-popups allow-popups-to-escape-sandbox",
    title: t("The message as it was formatted"),
    loading: "lazy",
  });
  const count = html.match(REMOTE)?.length ?? 0;
  if (!count) return [frame];
  const show = () => {
    frame.src = `${src}?images=true`;
    bar.hidden = true;
  };
  const always = async () => {
    await ask("PUT", `identities/${identity}/images`, { shown: true });
    show();
  };
  const button = (words, onclick) =>
    h("button", { class: "button small", type: "button", onclick }, words);
  const bar = h(
    "p",
    { class: "images-bar" },
    h("span", {}, t("Pictures from elsewhere are not loaded: their server would learn that it is read.")),
    button(t("Load them"), show),
    button(t("Always from this sender"), always),
  );
  return [bar, frame];
}
