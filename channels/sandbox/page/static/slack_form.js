// Chidi's Slack beside the messages: the app's form, and its Home.
import { ask } from "./ask.js";
import { attempt } from "./composer.js";
import { h } from "./dom.js";

/** Return the panel of the app's form, and what shows the form that is open (null: none). */
export function sheet(phone) {
  const panel = h("section", { class: "sheet", hidden: true });
  let shown = null;
  const show = (form) => {
    if (form?.id === shown) return;
    shown = form?.id ?? null;
    panel.hidden = !form;
    panel.replaceChildren(...(form ? [drawn(phone, form)] : []));
    panel.querySelector("input, textarea")?.focus();
  };
  return { panel, show };
}

/** Return the button and the panel of the app's Home, and what shows its lines. */
export function home(phone) {
  const list = h("ul");
  const open = () => ask(phone, "new", {}).then(close, () => {});
  const close = () => { panel.hidden = true; };
  const panel = h("section", { class: "sheet", hidden: true, "aria-label": "Home" }, list,
    h("div", { class: "row" }, button("New case", open), button("Close", close)));
  const look = () => {
    panel.hidden = false;
    ask(phone, "home", {}).catch(() => {});
  };
  const show = (lines) => list.replaceChildren(...lines.map((line) => h("li", {}, line)));
  return { button: button("Home", look), panel, show };
}

function drawn(phone, form) {
  const wrong = h("p", { class: "wrong", role: "alert" });
  const leave = button(form.close, () => ask(phone, "leave", {}).catch(() => {}));
  const made = h("form", { "aria-label": form.title }, h("h3", {}, form.title),
    ...form.fields.map(field), ...form.notes.map((note) => h("p", { class: "meta" }, note)), wrong,
    h("div", { class: "row" }, h("button", { class: "choice" }, form.send), leave));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(wrong, () => ask(phone, "submit", Object.fromEntries(new FormData(made))));
  });
  return made;
}

function field({ name, label, value, many, options }) {
  return h("label", {}, label, control({ name, value, many, options }));
}

function control({ name, value, many, options }) {
  if (options.length > 0) {
    return h("select", { name }, ...options.map(([key, text]) => h("option", { value: key }, text)));
  }
  return many ? h("textarea", { name, rows: 3 }, value) : h("input", { name, value });
}

function button(text, onclick) {
  return h("button", { class: "choice", type: "button", onclick }, text);
}
