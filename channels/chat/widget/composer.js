// Where the visitor writes: Enter sends (not while an input method composes), files by button,
// drop or paste.
import { h, icon } from "./dom.js";
import { upload } from "./files.js";

const TALLEST_PX = 132;

export function composer(chat, words) {
  const ready = []; // files that are up, and go with the next message
  let busy = 0;
  const said = h("p", { class: "notice", role: "status" });
  const chips = h("div", { class: "chips" });
  const text = h("textarea", { rows: 1, dir: "auto" });
  const input = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1 });
  const attach = h("button", { class: "round", type: "button" }, icon("clip"));
  const submit = h("button", { class: "round send", type: "submit" }, icon("send"));
  const form = h("form", { class: "composer" }, said, chips, h("div", { class: "row" }, attach, input, text, submit));

  const settle = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, TALLEST_PX)}px`;
    const over = text.value.trim().length - (chat.about.text_limit ?? 10_000);
    if (over > 0 || text.ariaInvalid) said.textContent = over > 0 ? words.tooLong(over) : "";
    text.ariaInvalid = over > 0 ? "true" : null;
    submit.disabled = busy > 0 || over > 0 || !(text.value.trim() || ready.length);
  };
  const add = (files) => [...files].slice(0, 10 - ready.length).forEach((file) => take(file));

  async function take(file) {
    const most = chat.about.file_bytes ?? Infinity;
    if (file.size > most) {
      said.textContent = words.tooLarge(file.name, Math.floor(most / 1048576));
      return;
    }
    said.textContent = "";
    const bar = h("progress", { max: 1, value: 0, "aria-label": file.name });
    const chip = h("span", { class: "chip", dir: "auto" }, file.name, bar);
    chips.append(chip);
    busy += 1;
    settle();
    try {
      const kept = await upload(chat, file, (share) => (bar.value = share));
      ready.push(kept);
      const gone = () => {
        ready.splice(ready.indexOf(kept), 1);
        chip.remove();
        settle();
      };
      bar.replaceWith(h("button", { type: "button", "aria-label": words.remove(file.name), onclick: gone }, icon("cross")));
    } catch (refused) {
      chip.remove();
      said.textContent = refused.message || words.uploadFailed(file.name);
    }
    busy -= 1;
    settle();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    chat.say({ text: whole(text.value.trim()), files: ready.splice(0) });
    text.value = "";
    chips.replaceChildren();
    settle();
  });
  text.addEventListener("keydown", (event) => {
    // 229: Safari ends a composition before the Enter that ended it
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener("input", settle);
  text.addEventListener("paste", (event) => add(event.clipboardData.files));
  attach.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    add(event.dataTransfer.files);
  });
  const label = () => {
    text.ariaLabel = text.placeholder = words.write;
    attach.ariaLabel = words.attach;
    submit.ariaLabel = words.send;
  };
  settle();
  return { form, text, settle, label };
}

/** Return `text` without halves of characters, which nothing beyond this page could read. */
function whole(text) {
  return text.toWellFormed?.() ?? text;
}
