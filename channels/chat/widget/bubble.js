// One message on the screen: who, what, the files and choices under it, and how it fares.
import { h, icon } from "./dom.js";
import { drawBlocks, link } from "./draw.js";

/** Return the element for a line of the conversation or a message that waits in the outbox. */
export function bubble(line, { chat, words, lang, previous, last }) {
  const who = line.me ? "me" : line.from.kind;
  const same = previous && !previous.me === !line.me && previous.from?.name === line.from?.name;
  const name = !line.me && !same && line.from.name && h("span", { class: "name", dir: "auto" }, line.from.name);
  const voice = line.me && h("span", { class: "unseen" }, `${words.you}: `);
  const files = (line.files ?? []).map((file) => fileButton(file, { chat, words, lang }));
  const gone = line.gone && [h("p", {}, h("em", {}, words.gone))];
  const blocks = gone || (line.nodes ? drawBlocks(line.nodes) : [h("p", {}, line.text)]);
  const body = line.text || gone ? h("div", { class: "bubble", dir: "auto" }, blocks, line.edited && h("small", {}, words.edited)) : null;
  return h(
    "div",
    { class: `message ${who}${same ? " same" : ""}${line.seq ? "" : " waiting"}` },
    name,
    voice,
    body,
    files,
    last ? choices(line, chat) : cards(line),
    line.seq ? time(line, words, lang) : fate(line, chat, words),
  );
}

function fileButton(file, { chat, words, lang }) {
  const size = sizeOf(file.size, lang);
  const words_ = h("span", { dir: "auto" }, file.name, h("small", {}, size));
  const open = () => chat.download?.(file);
  return h("button", { class: "file", type: "button", "aria-label": `${file.name}, ${size}`, onclick: open }, icon("file"), words_);
}

function choices(line, chat) {
  const buttons = (line.choices ?? []).filter((choice) => !choice.url);
  const press = (choice) => () =>
    chat.say({ text: choice.label, action: { value: choice.value, source: line.id } });
  return [
    cards(line),
    buttons.length > 0 &&
      h(
        "div",
        { class: "choices" },
        buttons.map((choice) =>
          h("button", { type: "button", dir: "auto", onclick: press(choice) }, choice.label),
        ),
      ),
  ].flat();
}

function cards(line) {
  return (line.choices ?? [])
    .filter((choice) => choice.url)
    .map((choice) => link(choice.url, [choice.label], { class: "card", dir: "auto" }));
}

function time({ at, by }, words, lang) {
  const date = new Date(at);
  const short = date.toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit" });
  const title = date.toLocaleString(lang, { dateStyle: "full", timeStyle: "short" });
  return h("time", { class: "fate", datetime: at, title }, short, by && words.byLetter && ` · ${words.byLetter}`);
}

function fate({ cid, failed }, chat, words) {
  if (!failed) return h("span", { class: "fate" }, words.sending);
  const act = (word, action) => h("button", { type: "button", onclick: action }, word);
  return h(
    "span",
    { class: "fate failed" },
    `${words.failed} ${failed} `,
    h(
      "span",
      { class: "acts" },
      act(words.retry, () => chat.retry(cid)),
      act(words.discard, () => chat.discard(cid)),
    ),
  );
}

/** Return a size in words: 12 kB, 1.4 MB. */
function sizeOf(bytes, lang) {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  const style = { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 };
  return new Intl.NumberFormat(lang, style).format(value);
}
