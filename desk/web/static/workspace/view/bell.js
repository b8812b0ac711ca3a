// The bell: how much I have not seen; opened, the newest of it, each a way to its case.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { notices, see, unseen } from "../store/notices.js";
import { now } from "../store/now.js";
import { goToCase } from "../store/place.js";
import { age } from "../words/time.js";
import { icon } from "./glyph.js";
import { menu } from "./menu.js";

const SHOWN = 12;

export const bell = () =>
  menu({
    kind: "quiet bell",
    name: () => t("Notices"),
    label: () => [
      icon("bell"),
      unseen() ? h("span", { class: "count" }, unseen() > 99 ? "99+" : String(unseen())) : null,
    ],
    items: () => [
      ...(notices().length ? [] : [{ head: t("Nothing yet") }]),
      ...notices().slice(0, SHOWN).map(line),
      ...(unseen() ? [{ text: t("Mark all as seen"), pick: () => see() }] : []),
      { text: t("All notices and letters…"), pick: () => location.assign("/notices") },
    ],
  });

function line(one) {
  const times = one.times > 1 ? ` (${one.times})` : "";
  const words = one.number ? `#${one.number} ${one.words}${times}` : one.words;
  return {
    text: h(
      "span",
      { class: `notice-line${one.seen ? "" : " news"}` },
      h("span", {}, words, one.by ? h("span", { class: "meta" }, ` · ${one.by}`) : null),
      h("span", { class: "meta" }, one.subject ?? one.detail),
      one.number && one.detail ? h("span", { class: "meta" }, one.detail) : null,
    ),
    hint: age(one.at, now()),
    pick: () => (one.number ? goToCase(one.number) : location.assign("/notices")),
  };
}
