// A few buttons that open beside another: arrows go from one to the next, Esc and leaving close them.

/** Return a button that opens the choices; each is what it shows, what it does, and whether it is on. */
export function popup(h, { look, kind, sign, name, choices }) {
  const button = h("button", { class: look, type: "button", "aria-label": name, "aria-expanded": "false" }, sign);
  let shown;
  button.addEventListener("click", () => (shown ? close() : open()));
  return button;

  function open() {
    shown = h("div", { class: kind, role: "group", "aria-label": button.ariaLabel }, choices().map(choice));
    shown.addEventListener("keydown", keyed);
    shown.addEventListener("focusout", ({ relatedTarget: to }) => to && to !== button && !shown?.contains(to) && close());
    button.setAttribute("aria-expanded", "true");
    button.after(shown);
    shown.firstChild.focus();
    shown.scrollIntoView({ block: "nearest" });
  }

  function choice([said, does, on = null]) {
    const press = () => {
      leave();
      does();
    };
    return h("button", { type: "button", "aria-pressed": on, onclick: press }, said);
  }

  function keyed(event) {
    const all = [...shown.children];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    } else if (step) {
      const ahead = getComputedStyle(shown).direction === "rtl" ? -step : step;
      all.at((all.indexOf(event.target) + ahead) % all.length).focus();
    }
  }

  function leave() {
    close();
    button.focus();
  }

  function close() {
    const left = shown;
    shown = null;
    left?.remove();
    button.setAttribute("aria-expanded", "false");
  }
}
