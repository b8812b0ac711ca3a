// The bar at the top: search, whether the live feed holds, and who I am.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { me } from "../store/furniture.js";
import { connected, hurry } from "../store/live.js";
import { bell } from "./bell.js";
import { icon } from "./glyph.js";
import { showKeys } from "./keymap.js";
import { menu } from "./menu.js";
import { presence } from "./presence.js";
import { searchBox } from "./search.js";
import { theme } from "./theme.js";

export function bar(mark) {
  return h(
    "header",
    { class: "bar" },
    h("a", { class: "home", href: "/workspace" }, mark),
    searchBox(),
    h(
      "button",
      { class: "cut", type: "button", hidden: () => connected(), onclick: hurry },
      icon("warning"),
      t("No connection. Trying again…"),
    ),
    h("span", { class: "spring" }),
    bell(),
    presence(),
    h(
      "button",
      {
        class: "button quiet square keys",
        type: "button",
        "aria-label": t("Keys"),
        title: t("Keys (?)"),
        onclick: showKeys,
      },
      icon("keys"),
    ),
    mine(),
  );
}

const mine = () =>
  menu({
    kind: "quiet me",
    name: () => t("You"),
    label: () => [icon("person"), me().name],
    items: () => [
      { head: me().email },
      ...theme.choices(),
      { text: t("Accounts"), pick: () => location.assign("/accounts") },
      { text: t("Help centre"), pick: () => open("/help", "_blank", "noopener") },
      { text: t("Sign out"), pick: () => location.assign("/sign-out") },
    ],
  });
