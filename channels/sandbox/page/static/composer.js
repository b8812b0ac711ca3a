// Where a phone's owner writes: Enter sends, a failure keeps the words and says what it was.
import { sendFile } from "./ask.js";
import { glyph, h } from "./dom.js";

/** Return a form that calls `send(text)`; with `phone` it can send files too. */
export function composer({ hint, send, phone = null }) {
  const text = h("textarea", { rows: 1, placeholder: hint, "aria-label": hint });
  const button = h("button", { class: "send", "aria-label": "Send" }, glyph("send"));
  const wrong = h("p", { class: "wrong", role: "alert" });
  const form = h("form", { class: "composer" }, phone && picker(phone, wrong), text, button, wrong);
  text.addEventListener("input", () => fit(text));
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (said) attempt(wrong, () => send(said), () => clear(text, said));
  });
  return form;
}

/** Run `doing`; show in `wrong` what stood against it, else call `then`. */
export async function attempt(wrong, doing, then = () => {}) {
  wrong.textContent = "";
  try {
    await doing();
    then();
  } catch (error) {
    wrong.textContent = error.message;
  }
}

function picker(phone, wrong) {
  const input = h("input", { type: "file", class: "unseen", "aria-label": "Send a file" });
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (file) attempt(wrong, () => sendFile(phone, file));
    input.value = "";
  });
  return h("label", { class: "clip", title: "Send a file" }, input, glyph("clip"));
}

function clear(text, said) {
  if (text.value.trim() === said) text.value = "";
  fit(text);
}

function fit(text) {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 96)}px`;
}
