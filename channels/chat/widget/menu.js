// What else can be done with a conversation: keep it as a file, get it by
// e-mail, and be told of answers by a sound.
import { keep, mail } from "./keep.js";

/** Put the menu into the panel's header; returns what names it in the words of now. */
export function menuIn({ panel, kit: { h }, sound }) {
  const { chat, words } = panel;
  const button = h("button", { class: "round", type: "button", "aria-expanded": "false" }, h("span", { "aria-hidden": "true" }, "⋯"));
  const save = h("button", { type: "button", onclick: () => act(() => keep(chat, words)) });
  const send = h("button", { type: "button", onclick: () => act(() => mail(chat, words, say)) });
  const loud = h("button", { type: "button", onclick: () => act(() => sound.toggle()) });
  const menu = h("div", { class: "menu", role: "group", hidden: true }, save, send, loud);
  const told = h("p", { class: "told", role: "status", dir: "auto" });
  panel.typing.before(told);
  button.addEventListener("click", () => show(menu.hidden));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    act(() => {});
  });
  menu.addEventListener("focusout", ({ relatedTarget: to }) => to && to !== button && !menu.contains(to) && show(false));
  panel.cross.before(button);
  panel.cross.closest("header").after(menu);
  return label;

  function act(does) {
    does();
    show(false);
    button.focus();
  }

  function show(on) {
    label();
    menu.hidden = !on;
    button.setAttribute("aria-expanded", String(on));
    if (on) [save, send, loud].find((one) => !one.hidden).focus();
  }

  function say(text) {
    told.textContent = text;
    clearTimeout(button.quiet);
    button.quiet = setTimeout(() => (told.textContent = ""), 8000);
  }

  function label() {
    menu.ariaLabel = button.ariaLabel = words.options;
    save.textContent = words.save;
    save.hidden = !chat.lines.length;
    send.textContent = words.mail;
    const { outlook, has_address: known } = chat.about;
    send.hidden = !(outlook?.letters && known && chat.lines.some(({ from }) => from?.kind === "agent"));
    loud.textContent = sound.on ? words.silent : words.loud;
  }
}
