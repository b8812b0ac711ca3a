// A dialog that asks one thing: what there is to choose, and a button that gives the answer.

import { h } from "../../core/dom.js";
import { dialog } from "./dialog.js";

// Ask under `title`; the button closes and answers. Returns {form, close}.
export function question(title, parts, button, answer) {
  const form = h(
    "form",
    {
      class: "question",
      onsubmit: (event) => {
        event.preventDefault();
        close();
        answer();
      },
    },
    parts,
    h("button", { class: "button primary", type: "submit" }, button),
  );
  const close = dialog(title, form);
  return { form, close };
}
