// What else can be done with a conversation: keep it as a file, and be told of answers by a sound.

/** Put the menu into the panel's header; returns what names it in the words of now. */
export function menuIn({ panel, kit: { h }, sound }) {
  const { chat, words } = panel;
  const button = h("button", { class: "round", type: "button", "aria-expanded": "false" }, h("span", { "aria-hidden": "true" }, "⋯"));
  const save = h("button", { type: "button", onclick: () => act(() => keep(chat, words)) });
  const loud = h("button", { type: "button", onclick: () => act(() => sound.toggle()) });
  const menu = h("div", { class: "menu", role: "group", hidden: true }, save, loud);
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
    if (on) [save, loud].find((one) => !one.hidden).focus();
  }

  function label() {
    menu.ariaLabel = button.ariaLabel = words.options;
    save.textContent = words.save;
    save.hidden = !chat.lines.length;
    loud.textContent = sound.on ? words.silent : words.loud;
  }
}

async function keep(chat, { you }) {
  const headers = { Authorization: `Bearer ${chat.token}` };
  const response = await fetch(`${chat.base}/transcript?you=${encodeURIComponent(you)}`, { headers });
  if (!response.ok) return;
  const href = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  Object.assign(link, { href, download: "chat.txt" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
