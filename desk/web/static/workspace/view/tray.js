// Files to go with a reply: by drag, paste or pick; uploaded at once, kept with the draft.

import { h } from "../../core/dom.js";
import { signal } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { ask } from "../store/ask.js";
import { draft, keepDraft } from "../store/drafts.js";
import { bytes } from "../words/sizes.js";
import { icon } from "./glyph.js";
import { tell } from "./toast.js";

export function fileTray(number, allowed) {
  const kept = JSON.parse(draft(number, "files") || "[]");
  const files = signal(kept); // each {name, size_bytes, mime, blob: null while it is uploaded}
  const set = (next) => {
    files.set(next);
    const done = next.filter((one) => one.blob);
    keepDraft(number, "files", done.length ? JSON.stringify(done) : "");
  };
  const add = async (file) => {
    const one = {
      name: file.name || t("picture.png"),
      size_bytes: file.size,
      mime: file.type,
      blob: null,
    };
    set([...files.peek(), one]);
    const form = new FormData();
    form.append("file", file, one.name);
    try {
      const [stored] = await ask("POST", "files", form);
      set(files.peek().map((known) => (known === one ? stored : known)));
    } catch (refused) {
      set(files.peek().filter((known) => known !== one));
      tell(t("{name} was not attached: {reason}", { name: one.name, reason: refused.message }), {
        bad: true,
      });
    }
  };
  const addAll = (event, list) => {
    if (!list?.length || !allowed()) return;
    event.preventDefault();
    [...list].forEach(add);
  };
  const picker = h("input", {
    type: "file",
    multiple: true,
    hidden: true,
    "aria-label": t("Attach files"),
    onchange: (event) => {
      addAll(event, picker.files);
      picker.value = "";
    },
  });
  return {
    busy: () => files().some((one) => !one.blob),
    sent: files,
    take() {
      const sent = files.peek().filter((one) => one.blob);
      set([]);
      return sent;
    },
    paste: (event) => addAll(event, event.clipboardData.files),
    drop: {
      ondragover: (event) => event.dataTransfer.types.includes("Files") && event.preventDefault(),
      ondrop: (event) => addAll(event, event.dataTransfer.files),
    },
    button: h(
      "span",
      { hidden: () => !allowed() },
      picker,
      h(
        "button",
        {
          class: "button quiet square",
          type: "button",
          title: t("Attach files"),
          "aria-label": t("Attach files"),
          onclick: () => picker.click(),
        },
        icon("clip"),
      ),
    ),
    list: h("ul", { class: "files tray", hidden: () => !allowed() || !files().length }, () =>
      files().map((one) => line(one, () => set(files.peek().filter((known) => known !== one)))),
    ),
  };
}

function line(one, remove) {
  const about = one.blob ? bytes(one.size_bytes) : t("Uploading…");
  const label = t("Remove {name}", { name: one.name });
  return h(
    "li",
    { class: "file" },
    icon("file"),
    h("span", {}, one.name),
    h("span", { class: "meta" }, about),
    h(
      "button",
      { class: "button quiet square", type: "button", "aria-label": label, onclick: remove },
      icon("cross"),
    ),
  );
}
