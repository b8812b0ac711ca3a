// The form before a chat: who writes, what about, and the first message. What is wrong is said
// under its field, by the desk's judgement. Fetched where there is one.
import { FORM_CSS } from "./formstyle.js";

const ABOUT = {
  name: { autocomplete: "name" },
  email: { type: "email", autocomplete: "email", inputmode: "email", spellcheck: "false" },
};

let dressed;

/** Return the form; `had` is the one before it, whose answers are kept. */
export function formOf(more, { fields, consent }, had) {
  const { panel, kit: { h, link, sheetOf } } = more;
  if (!had) panel.dialog.getRootNode().adoptedStyleSheets.push((dressed ??= sheetOf(FORM_CSS)));
  const { chat, words, lang } = panel;
  const kept = had ? Object.fromEntries(new FormData(had)) : {};
  const { outlook } = chat.about;
  const notice = outlook?.is_open === false && !outlook.bot && h("p", {}, words.closedAsk);
  const waiting = Boolean(chat.outbox.next); // it was written before these were asked
  const said = h("p", { class: "wrong", role: "alert" });
  const drawn = fields.map((field) => fieldOf(field, kept[field.name] ?? field.value));
  const message = !waiting && fieldOf({ name: "message", required: true, choices: [] }, kept.message ?? "");
  const tick = consent && tickOf(consent);
  const send = h("button", { class: "primary", type: "submit" }, words.send);
  const form = h("form", { class: "ask", novalidate: true, lang }, notice, drawn, message, tick, said, send);
  form.addEventListener("submit", submit);
  form.addEventListener("input", ({ target }) => mend(target));
  return form;

  function fieldOf({ name, label, required, choices }, value) {
    const id = `ask-${name}`;
    const own = { id, name, dir: "auto", "aria-required": required && "true", ...ABOUT[name] };
    const option = ({ value: one, label: named }) =>
      h("option", { value: one, selected: one === value }, named);
    const input = choices.length
      ? h("select", own, h("option", { value: "" }, "–"), choices.map(option))
      : h(name === "message" ? "textarea" : "input", { ...own, maxlength: name === "message" ? 9999 : 500 });
    if (!choices.length) input.value = value;
    const rest = !required && [" ", h("span", {}, `(${words.optional})`)];
    return h("div", { class: "field" }, h("label", { for: id }, label || words[name], rest), input);
  }

  function tickOf({ text, url }) {
    const input = h("input", { id: "ask-consent", name: "consent", type: "checkbox", checked: Boolean(kept.consent) });
    const about = url && [" ", link(url, [words.consentMore])];
    return h("div", { class: "field tick" }, input, h("label", { for: "ask-consent", dir: "auto" }, text, about));
  }

  async function submit(event) {
    event.preventDefault();
    if (send.disabled) return;
    said.textContent = "";
    const { message: text = "", consent: ticked, ...answers } = Object.fromEntries(new FormData(form));
    send.disabled = true;
    const body = { fields: answers, consent: Boolean(ticked), message: waiting || Boolean(text.trim()) };
    const { wrong, error, has_address: known } = await sent(body).catch(() => ({}));
    send.disabled = false;
    if (!wrong) said.textContent = error ?? words.down;
    else if (Object.keys(wrong).length) tell(wrong);
    else {
      chat.about.has_address = known;
      more.begin(text.trim());
    }
  }

  /** Hand the answers in; resolves to what is wrong with each: then the desk took nothing. */
  async function sent(answers) {
    const headers = { Authorization: `Bearer ${chat.token}`, "Content-Type": "application/json" };
    const body = JSON.stringify(answers);
    const response = await fetch(`${chat.base}/form`, { method: "POST", headers, body });
    return response.json();
  }

  function tell(problems) {
    for (const input of form.querySelectorAll("[name]")) {
      mend(input);
      const problem = problems[input.name];
      if (!problem) continue;
      input.ariaInvalid = "true";
      const id = `${input.id}-wrong`;
      const text = words[`${input.name}_${problem}`] ?? words[problem];
      input.setAttribute("aria-describedby", id);
      input.parentNode.append(h("p", { class: "wrong", id }, text));
    }
    form.querySelector("[aria-invalid=true]")?.focus();
  }

  /** What was wrong with a field is being put right. */
  function mend(input) {
    input.ariaInvalid = null;
    input.removeAttribute("aria-describedby");
    input.parentNode.querySelector(".wrong")?.remove();
  }
}
