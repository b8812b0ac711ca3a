// Who gets a copy of a reply: whom the customer addressed besides us, unless the agent says else.

import { h } from "../../core/dom.js";
import { computed, signal, untracked } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { copying } from "../store/furniture.js";
import { lastPlace } from "./address.js";
import { icon } from "./glyph.js";

const ADDRESS = /^[^\s@<>,;:()"[\]\\]+@[^\s@<>,;:()"[\]\\]+$/;

// {button, line, take}: `take()` gives the addresses for one reply, null where there are no copies.
export function copiesLine(detail, identity, wanted) {
  const edited = signal(null); // chosen by hand for this reply; null: the usual ones
  const asked = signal(false);
  const goesTo = computed(
    () =>
      detail()?.customer.identities.find((one) => one.id === identity()) ?? lastPlace(detail()),
  );
  const offered = computed(() => wanted() && copying.includes(goesTo()?.channel));
  const usual = computed(() => (identity() === null ? (detail()?.cc ?? []) : []));
  const shown = computed(() => edited() ?? usual());
  const drop = (address) => edited.set(untracked(shown).filter((one) => one !== address));
  const box = h("input", {
    type: "text",
    inputmode: "email",
    autocomplete: "off",
    spellcheck: "false",
    class: "copy-box",
    "aria-label": t("Add an address for a copy"),
    placeholder: t("name@example.com"),
    oninput: () => box.setCustomValidity(""),
    onkeydown: (event) => {
      if (![",", ";", " ", "Enter"].includes(event.key) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      add();
    },
    onblur: () => add(false), // a field that takes the focus back would swallow the next words
  });
  const add = (tell = true) => {
    const words = box.value.split(/[\s,;]+/).filter(Boolean);
    const wrong = words.find((one) => !ADDRESS.test(one));
    if (wrong) {
      box.setCustomValidity(t("{address} is no mail address.", { address: wrong }));
      if (tell) box.reportValidity();
      return false;
    }
    if (words.length) edited.set([...new Set([...untracked(shown), ...words.map(lower)])]);
    box.value = "";
    return true;
  };
  const open = computed(() => offered() && (asked() || shown().length > 0));
  const button = h(
    "button",
    {
      type: "button",
      class: "button quiet small",
      hidden: () => !offered() || open(),
      onclick: () => {
        asked.set(true);
        box.focus();
      },
    },
    t("Cc"),
  );
  const line = h("div", { class: "copies", hidden: () => !open() }, h("span", {}, t("Cc")), () =>
    shown().map((address) => chip(address, drop)),
    box,
  );
  const take = () => {
    if (!untracked(offered)) return null;
    const copies = untracked(shown);
    edited.set(null);
    asked.set(false);
    return copies;
  };
  return { button, line, take, ready: () => !box.value.trim() || add() };
}

const lower = (address) => address.toLowerCase();

function chip(address, drop) {
  const name = t("No copy to {address}", { address });
  return h(
    "span",
    { class: "copy" },
    address,
    h(
      "button",
      { type: "button", class: "button quiet square", title: name, "aria-label": name, onclick: () => drop(address) },
      icon("cross"),
    ),
  );
}
