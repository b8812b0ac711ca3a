// Files that go with a message: by button, drop or paste, uploaded at once with their progress.
import { upload } from "./files.js";

/** Let the composer take files; returns what names the button in the words of now. */
export function attaching({ panel, kit: { h, icon } }) {
  const { chat, composer, words } = panel;
  const { form, text, ready, chips, said, settle } = composer;
  const input = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1 });
  const attach = h("button", { class: "round", type: "button" }, icon("clip"));
  const add = (files) => form.matches(".amending") || [...files].slice(0, 10 - ready.length).forEach((file) => take(file));
  text.before(attach, input);
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
  return () => (attach.ariaLabel = words.attach);

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
    composer.busy += 1;
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
    composer.busy -= 1;
    settle();
  }
}
