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
    const wrong = text.trim() || waiting ? {} : { message: "required" };
    const refused = await sent(answers, Boolean(ticked)).catch(() => ({}));
    send.disabled = false;
    const problems = { ...refused.wrong, ...wrong };
    if (!refused.wrong) said.textContent = refused.error ?? words.down;
    else if (Object.keys(problems).length) tell(problems);
    else {
      chat.about.has_address = refused.has_address;
      more.begin(text.trim());
    }
  }

  /** Hand the answers in; resolves to what is wrong with each. */
  async function sent(answers, ticked) {
    const headers = { Authorization: `Bearer ${chat.token}`, "Content-Type": "application/json" };
    const body = JSON.stringify({ fields: answers, consent: ticked });
    const response = await fetch(`${chat.base}/form`, { method: "POST", headers, body });
    return response.json();
  }

  function tell(problems) {
    for (const one of form.querySelectorAll(".field > .wrong")) one.remove();
    for (const input of form.querySelectorAll("[name]")) {
      const problem = problems[input.name];
      input.ariaInvalid = problem ? "true" : null;
      input.removeAttribute("aria-describedby");
      if (!problem) continue;
      const id = `${input.id}-wrong`;
      const text = words[`${input.name}_${problem}`] ?? words[problem];
      input.setAttribute("aria-describedby", id);
      input.parentNode.append(h("p", { class: "wrong", id }, text));
    }
    form.querySelector("[aria-invalid=true]")?.focus();
  }
}
