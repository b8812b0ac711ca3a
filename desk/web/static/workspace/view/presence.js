// Whether I take work: the switch, and a word where work is awaited while none will come.

import { h } from "../../core/dom.js";
import { t } from "../../core/words.js";
import { setPresence } from "../store/actions.js";
import { me } from "../store/furniture.js";
import { view } from "../store/place.js";
import { PRESENCES, words } from "../words/states.js";
import { menu } from "./menu.js";

export const presence = () =>
  menu({
    id: "presence",
    kind: "quiet presence",
    name: () => t("Presence"),
    label: () => [
      h("span", { class: `light ${me().presence}`, "aria-hidden": "true" }),
      words(me().presence),
    ],
    items: () =>
      PRESENCES.map((one) => ({
        text: words(one),
        chosen: me().presence === one,
        pick: () => setPresence(one),
      })),
  });

const WHY = {
  away: () => t("Away: no new cases come to you."),
  offline: () => t("Offline: no new cases come to you."),
};

export const presenceHint = () =>
  h(
    "p",
    { class: "away", hidden: () => view() !== "mine" || !WHY[me().presence] },
    () => WHY[me().presence]?.() ?? "",
    h(
      "button",
      { class: "button small", type: "button", onclick: () => setPresence("online") },
      t("Go online"),
    ),
  );
