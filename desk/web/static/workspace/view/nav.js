// Views on the left: what there is to do, with how much of it.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { me, queues } from "../store/furniture.js";
import { goToView, number, goToCase, view } from "../store/place.js";
import { counts } from "../store/refresh.js";
import { VIEWS } from "../words/views.js";

const MANY = 100;

export function navPane() {
  return h(
    "nav",
    { class: "pane views", "aria-label": t("Views") },
    h("ul", {}, VIEWS.map((one) => link(one.key, one.name(), `g ${one.letter}`))),
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
    const n = counts()[key];
    if (!n) return null;
    return h("span", { class: "count" }, n >= MANY ? "99+" : n);
  };
  return h(
    "li",
    {},
    h(
      "a",
      { href: `/workspace?view=${encodeURIComponent(key)}`, "aria-current": () => (view() === key ? "page" : null), title: hint ? t("Keys {keys}", { keys: hint }) : null, onclick: open },
      h("span", { class: "view-name" }, name),
      count,
    ),
  );
}

const supervisor = () => [
  h("h2", {}, t("Supervise")),
  h(
    "ul",
    {},
    h("li", {}, h("a", { href: "/wallboard" }, t("Wallboard"))),
    h("li", {}, h("a", { href: "/reports/sla" }, t("Promises"))),
  ),
];
