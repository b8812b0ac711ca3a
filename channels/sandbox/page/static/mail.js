// Dora's and Ada's mail program: conversations, one of them open, or a new mail.
import { ask } from "./ask.js";
import { attempt, composer } from "./composer.js";
import { h, renew } from "./dom.js";
import { attached } from "./files.js";
import { owner } from "./frame.js";
import { quoteOf } from "./quotes.js";
import { linked } from "./spans.js";
import { clock } from "./time.js";

/** Put the program into `root` and return what shows its state. */
export function mail(root, phone) {
  const at = { account: 0, open: null, read: new Set(), state: null };
  const tabs = h("div", { class: "tabs", role: "group", "aria-label": "Mailbox" });
  const screen = h("div", { class: "screen" });
  const head = owner("Dora", "by e-mail", "envelope", tabs);
  root.append(head, screen);
  const show = () => {
    const { accounts, to } = at.state;
    const account = accounts[at.account];
    const name = account.name.split(" ")[0];
    head.querySelector("h2").textContent = name;
    head.querySelector(".face").textContent = name[0];
    tabs.replaceChildren(...accounts.map((one, index) => tab(one, index === at.account, () => {
      Object.assign(at, { account: index, open: null });
      show();
    })));
    const mails = conversations(account.mails);
    const open = mails.find((one) => one.key === at.open);
    const go = (key) => { at.open = key; show(); };
    if (at.open === "new") write(screen, { phone, account, to, go });
    else if (open) read(screen, { phone, account, open, go, at });
    else list(screen, { account, mails, go, at });
  };
  return (state) => { at.state = state; show(); };
}

function conversations(mails) {
  const found = new Map();
  for (const [at, one] of mails.entries()) {
    if (!found.has(one.thread)) found.set(one.thread, { key: one.thread, mails: [] });
    Object.assign(found.get(one.thread), { last: at }).mails.push(one);
  }
  return [...found.values()].sort((a, b) => b.last - a.last);
}

function tab(account, chosen, press) {
  return h("button", { type: "button", "aria-pressed": String(chosen), onclick: press },
    account.name.split(" ")[0]);
}

/** Make `screen` show `what`, unless it does already: what is being typed there stays. */
function turn(screen, what, ...children) {
  if (screen.dataset.what === what) return false;
  screen.dataset.what = what;
  screen.replaceChildren(...children);
  return true;
}

function list(screen, { account, mails, go, at }) {
  turn(screen, `list ${account.address}`,
    h("div", { class: "bar" }, h("span", {}, account.address),
      h("button", { class: "strong", type: "button", onclick: () => go("new") }, "New mail")),
    h("ul", { class: "mails" }),
    h("p", { class: "empty" }, "No mail yet. Write one: the answer arrives here."));
  screen.querySelector(".empty").hidden = mails.length > 0;
  const rows = mails.map((one) => ({ ...one, unread: one.mails.some((m) => fresh(m, at)) }));
  renew(screen.querySelector(".mails"), rows, (one) => one.key, (one) => row(one, go));
}

function fresh(one, at) {
  return !one.mine && !at.read.has(one.id);
}

function row({ key, mails, unread }, go) {
  const last = mails.at(-1);
  const names = [...new Set(mails.map((one) => (one.mine ? "Me" : one.name)))].join(", ");
  return h("li", {}, h("button", { class: unread ? "unread" : "", type: "button", onclick: () => go(key) },
    h("strong", {}, names), clock(last.at), h("span", { class: "subject" }, mails[0].subject),
    h("span", { class: "words" }, quoteOf(last.text).words.slice(0, 90))));
}

function read(screen, { phone, account, open, go, at }) {
  open.mails.forEach((one) => at.read.add(one.id));
  const last = open.mails.findLast((one) => !one.mine);
  const send = (text) => ask(phone, "write", {
    from: account.address, to: screen.answers, text, subject: open.mails[0].subject,
  });
  screen.answers = last?.id ?? "";
  turn(screen, `read ${open.key}`,
    h("div", { class: "bar" }, h("button", { type: "button", onclick: () => go(null) }, "‹ Inbox")),
    h("h3", {}, open.mails[0].subject), h("ol", { class: "letters", role: "log" }),
    composer({ hint: "Reply", send }));
  const letters = screen.querySelector(".letters");
  renew(letters, open.mails, (one) => one.id, (one) => letter(phone, one));
  letters.scrollTop = letters.scrollHeight;
}

function letter(phone, one) {
  const { words, quote } = quoteOf(one.text);
  return h("li", { class: one.mine ? "mine" : "theirs" },
    h("p", { class: "who" }, h("strong", {}, one.mine ? "Me" : one.name), clock(one.at)),
    h("div", { class: "words" }, ...linked(words)),
    quote && h("details", {}, h("summary", {}, "Earlier words"), h("div", {}, quote)),
    ...one.files.map((file) => attached(phone, file)));
}

function write(screen, { phone, account, to, go }) {
  const subject = h("input", { name: "subject", placeholder: "Subject", "aria-label": "Subject" });
  const text = h("textarea", { name: "text", placeholder: "Your words", "aria-label": "Your words" });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const form = h("form", { class: "letter" }, h("p", { class: "to" }, "To ", h("b", {}, to)),
    subject, text, wrong, h("button", { class: "strong" }, "Send"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = { from: account.address, subject: subject.value, text: text.value };
    attempt(wrong, () => ask(phone, "write", asked), () => go(null));
  });
  const bar = h("div", { class: "bar" }, h("button", { type: "button", onclick: () => go(null) }, "‹ Inbox"));
  if (turn(screen, `new ${account.address}`, bar, form)) subject.focus();
}
