// A dialog over the screen: the browser's own, so that focus stays inside and Esc closes it.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";

let open = null;

// Show `content` under `title`; returns what closes it.
export function dialog(title, content, { closable = true, kind = "" } = {}) {
  open?.close();
  const close = () => node.close();
  const shut = closable
    ? h("button", { class: "button quiet close", type: "button", onclick: close }, t("Close"))
    : null;
  const head = h("header", {}, h("h2", { id: "dialog-title" }, title), shut);
  const node = h(
    "dialog",
    { class: `dialog ${kind}`, "aria-labelledby": "dialog-title" },
    head,
    content,
  );
  node.addEventListener("cancel", (event) => closable || event.preventDefault());
  node.addEventListener("close", () => {
    node.remove();
    if (open === node) open = null;
  });
  node.addEventListener("click", (event) => closable && event.target === node && close());
  document.body.append(node);
  open = node;
  node.showModal();
  return close;
}
