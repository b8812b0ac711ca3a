// Where the visitor writes: Enter sends, but not while an input method composes.
import { h, icon } from "./dom.js";

const TALLEST_PX = 132;

export function composer(chat, words) {
  // files that are up, and go with the next message
  const ready = [];
  const said = h("p", { class: "notice", role: "status" });
  const chips = h("div", { class: "chips" });
  const text = h("textarea", { rows: 1, dir: "auto" });
  const submit = h("button", { class: "round send", type: "submit" }, icon("send"));
  const form = h("form", { class: "composer" }, said, chips, h("div", { class: "row" }, text, submit));

  const settle = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, TALLEST_PX)}px`;
    const over = text.value.trim().length - (chat.about.text_limit ?? 10_000);
    if (over > 0 || text.ariaInvalid) said.textContent = over > 0 ? words.tooLong(over) : "";
    text.ariaInvalid = over > 0 ? "true" : null;
    submit.disabled = it.busy > 0 || over > 0 || !(text.value.trim() || ready.length);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    const written = text.value.trim();
    text.value = "";
    // Halves of characters stay here: nothing beyond this page could read them.
    it.send(written.toWellFormed?.() ?? written);
    settle();
  });
  text.addEventListener("keydown", (event) => {
    // 229: Safari ends a composition before the Enter that ended it
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  let next = 0;
  text.addEventListener("input", ({ timeStamp: now }) => {
    settle();
    if (!text.value || now < next) return;
    next = now + 3000;
    chat.line.send({ t: "typing" }); // a courtesy, lost while there is no line
  });
  const label = () => {
    text.ariaLabel = text.placeholder = words.write;
    submit.ariaLabel = words.send;
  };
  const send = (written) => {
    chat.say({ text: written, files: ready.splice(0) });
    chips.replaceChildren();
  };
  const it = { send, form, text, settle, label, ready, chips, said, busy: 0 };
  settle();
  return it;
}
