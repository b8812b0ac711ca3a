// Bruno's phone: a chat with bubbles, buttons under them, and a bot that is seen typing.
import { ask } from "./ask.js";
import { composer } from "./composer.js";
import { h, renew } from "./dom.js";
import { attached } from "./files.js";
import { atEnd, openers, owner } from "./frame.js";
import { linked, marked } from "./spans.js";
import { clock } from "./time.js";

const OPENERS = ["My new chair arrived with a broken leg", "Where is my order 20481?"];

/** Put the phone into `root` and return what shows its state. */
export function telegram(root, phone) {
  const log = h("ol", { class: "log", role: "log", "aria-label": "Chat" });
  const typing = h("p", { class: "typing", hidden: true }, "typing …");
  const first = openers(phone, OPENERS);
  const send = (text) => ask(phone, "write", { text });
  root.append(owner("Bruno", "on Telegram", "plane"), first, log, typing,
    composer({ hint: "Message", send, phone }));
  let timer = 0;
  return ({ messages, typing_s: typingS }) => {
    first.hidden = messages.length > 0;
    atEnd(log, () => {
      renew(log, messages, (message) => message.id, (message) => bubble(phone, message));
      clearTimeout(timer);
      typing.hidden = typingS <= 0;
      timer = setTimeout(() => { typing.hidden = true; }, typingS * 1000);
    });
  };
}

function bubble(phone, message) {
  const foot = h("span", { class: "foot" }, message.edited && "edited ", clock(message.at));
  const body = h("div", { class: "bubble" }, message.file && attached(phone, message.file),
    message.text && h("div", { class: "words" }, ...marked(message.text, message.entities)), foot);
  return h("li", { class: message.mine ? "mine" : "theirs" }, body,
    ...message.buttons.map((row) => h("div", { class: "row" },
      ...row.map((button) => choice(phone, message.id, button)))));
}

function choice(phone, id, button) {
  if (button.url) return h("span", { class: "choice" }, ...linked(button.url));
  const press = (event) => {
    event.currentTarget.disabled = true;
    ask(phone, "press", { message: String(id), value: button.callback_data }).catch(() => {});
  };
  return h("button", { class: "choice", type: "button", onclick: press }, button.text);
}
