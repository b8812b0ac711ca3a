// Chidi's phone: a direct message with the shop's app, and the threads in it.
import { ask } from "./ask.js";
import { words } from "./blocks.js";
import { composer } from "./composer.js";
import { h, renew } from "./dom.js";
import { attached } from "./files.js";
import { atEnd, openers, owner } from "./frame.js";
import { home, sheet } from "./slack_form.js";
import { link } from "./spans.js";
import { clock } from "./time.js";

const OPENERS = ["Can you deliver twelve desks by Friday?", "We need an invoice with our VAT number"];

/** Put the phone into `root` and return what shows its state. */
export function slack(root, phone) {
  const log = h("ol", { class: "log", role: "log", "aria-label": "Direct message" });
  const first = openers(phone, OPENERS);
  const place = { thread: "" };
  const into = h("p", { class: "into", hidden: true });
  const choose = (message) => {
    place.thread = message?.id ?? "";
    into.hidden = !message;
    if (!message) return;
    const leave = h("button", { type: "button", onclick: () => choose(null) }, "Leave");
    into.replaceChildren("In the thread ", h("q", {}, message.text.slice(0, 40)), leave);
    root.querySelector("textarea").focus();
  };
  const send = (text) => ask(phone, "write", { text, thread: place.thread });
  const form = sheet(phone);
  const page = home(phone);
  root.append(owner("Chidi", "on Slack", "hash", page.button), first, log, into,
    composer({ hint: "Message the app, or /case", send, phone }), page.panel, form.panel);
  return ({ messages, form: open, home: lines }) => {
    form.show(open);
    page.show(lines);
    first.hidden = messages.length > 0;
    atEnd(log, () => renew(log, threads(messages), (thread) => thread.root.id,
      (thread) => drawn(phone, thread, choose)));
  };
}

/** Put answers under the message they answer, in the order the threads began. */
function threads(messages) {
  const found = new Map();
  for (const message of messages) {
    const thread = found.get(message.thread);
    if (thread && message.thread !== message.id) thread.answers.push(message);
    else found.set(message.id, { root: message, answers: [] });
  }
  return [...found.values()];
}

function drawn(phone, { root, answers }, choose) {
  const reply = h("button", { class: "reply", type: "button", onclick: () => choose(root) },
    answers.length ? "Reply in the thread" : "Reply");
  return h("li", {}, line(phone, root),
    h("div", { class: "thread" }, ...answers.map((one) => line(phone, one)), reply));
}

function line(phone, message) {
  const name = message.name.split(" ")[0];
  const buttons = message.buttons.map((button) => choice(phone, message, button));
  return h("article", { class: message.mine ? "mine" : "theirs" },
    h("span", { class: "face" }, message.mine ? "C" : name[0]),
    h("div", { class: "words" },
      h("p", { class: "who" }, h("strong", {}, name), !message.mine && h("small", {}, "app"),
        clock(message.at_s * 1000), message.edited && h("span", {}, "edited")),
      ...words(message), ...message.files.map((file) => attached(phone, file)),
      buttons.length > 0 && h("div", { class: "row" }, ...buttons)));
}

function choice(phone, message, button) {
  if (button.url) return link(button.url, [button.text]);
  const press = (event) => {
    event.currentTarget.disabled = true;
    ask(phone, "press", { message: message.id, value: button.value }).catch(() => {});
  };
  return h("button", { class: "choice", type: "button", onclick: press }, button.text);
}
