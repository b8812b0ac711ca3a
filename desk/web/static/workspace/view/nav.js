// Views on the left: what there is to do, with how much of it.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { takeNext } from "../store/actions.js";
import { me, queues } from "../store/furniture.js";
import { goToView, number, goToCase, view } from "../store/place.js";
import { counts } from "../store/refresh.js";
import { VIEWS, viewName } from "../words/views.js";
import { icon } from "./glyph.js";
import { menu } from "./menu.js";

const MANY = 100;
const counted = (n) => (n >= MANY ? "99+" : n ? String(n) : "");

export function navPane() {
  return h(
    "nav",
    { class: "pane views", "aria-label": t("Views") },
    h(
      "button",
      { class: "button next", type: "button", title: t("Keys {keys}", { keys: "x" }), onclick: takeNext },
      t("Next case"),
    ),
    h(
      "ul",
      {},
      VIEWS.map((one) => link(one.key, one.name(), `g ${one.letter}`)),
    ),
    h("h2", {}, t("Queues")),
    h("ul", {}, () => queues().map((one) => link(`queue:${one.key}`, one.name))),
    me().role === "agent" ? null : supervisor(),
  );
}

function link(key, name, hint) {
  const open = (event) => {
    if (event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    if (innerWidth < 800 && number.peek()) goToCase(null);
    goToView(key);
  };
  const count = () => {
    const n = counted(counts()[key]);
    return n && h("span", { class: "count" }, n);
  };
  return h(
    "li",
    {},
    h(
      "a",
      {
        href: `/workspace?view=${encodeURIComponent(key)}`,
        "aria-current": () => (view() === key ? "page" : null),
        title: hint ? t("Keys {keys}", { keys: hint }) : null,
        onclick: open,
      },
      h("span", { class: "view-name" }, name),
      count,
    ),
  );
}

// The same views as a menu, where there is no room for the pane.
export const viewMenu = () =>
  menu({
    kind: "quiet view-menu",
    name: () => t("View"),
    label: () => [viewName(view()), icon("caret")],
    items: () => [
      { text: t("Take the next case"), hint: "x", pick: takeNext },
      ...VIEWS.map((one) => choice(one.key, one.name())),
      ...queues().map((one) => choice(`queue:${one.key}`, one.name)),
    ],
  });

const choice = (key, name) => ({
  text: name,
  hint: counted(counts()[key]),
  chosen: view() === key,
  pick: () => goToView(key),
});

const OFFICE = [
  ["/wallboard", () => t("Wallboard")],
  ["/reports/sla", () => t("Promises")],
  ["/ratings", () => t("Ratings")],
  ["/inboxes", () => t("Inboxes")],
  ["/arrivals", () => t("Set aside"), "admin"],
  ["/privacy", () => t("Privacy"), "admin"],
];

const supervisor = () => [
  h("h2", {}, t("Supervise")),
  h(
    "ul",
    {},
    OFFICE.filter(([, , role]) => !role || role === me().role).map(([href, name]) =>
      h("li", {}, h("a", { href }, name())),
    ),
  ),
];
