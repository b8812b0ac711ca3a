// One row of the list: who, what about, how urgent.

import { h } from "../../core/dom.js";
import { computed } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { prefetch } from "../store/cases.js";
import { hasDraft } from "../store/drafts.js";
import { me } from "../store/furniture.js";
import { now } from "../store/now.js";
import { addressOf, goToCase, number } from "../store/place.js";
import { isUnread } from "../store/seen.js";
import { brief, who } from "../words/states.js";
import { age, exact } from "../words/time.js";
import { rowChip } from "./chip.js";
import { channelGlyph, icon } from "./glyph.js";

export function row(item) {
  const one = () => item().case;
  const unread = computed(() => isUnread(one()));
  const aged = computed(() => age(one().last_message_at, now()));
  return h(
    "a",
    {
      class: () => `row${unread() ? " unread" : ""}`,
      href: () => addressOf(one().number),
      "aria-current": () => (number() === one().number ? "true" : null),
      onclick: (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        goToCase(one().number);
      },
      onpointerenter: () => prefetch(one().number),
      onfocus: () => prefetch(one().number),
    },
    h("span", { class: "row-channel" }, () => channelGlyph(one().channel)),
    h("span", { class: "row-name" }, () => who(one().customer_name)),
    rowChip(item),
    h("span", { class: "row-subject" }, () => one().subject || one().preview),
    h("span", { class: "row-marks" }, () => marks(one())),
    h("span", { class: "row-preview" }, () => lastWords(one())),
    h("span", { class: "row-age", title: () => exact(one().last_message_at) }, aged, () =>
      unread() ? h("span", { class: "dot", role: "img", "aria-label": t("unread") }) : null,
    ),
  );
}

// The last words, without what the line above says already.
function lastWords({ subject, preview }) {
  return preview.startsWith(subject) ? preview.slice(subject.length).trim() : preview;
}

function marks(one) {
  const owner = one.assignee_id;
  return [
    hasDraft(one.number, "reply") || hasDraft(one.number, "note")
      ? h("span", { class: "mark draft" }, t("Draft"))
      : null,
    one.flag ? h("span", { class: "mark flag", title: one.flag }, icon("flag", one.flag)) : null,
    one.priority === "urgent" || one.priority === "high"
      ? h("span", { class: `mark priority ${one.priority}` }, brief(one.priority))
      : null,
    ...one.tags.slice(0, 2).map((tag) => h("span", { class: "mark tagged" }, tag)),
    one.snoozed_until
      ? h("span", { class: "mark", title: exact(one.snoozed_until) }, icon("clock", t("Put away")))
      : null,
    one.with_bot ? h("span", { class: "mark" }, t("Bot")) : null,
    one.status !== "open"
      ? h("span", { class: `mark status ${one.status}` }, brief(one.status))
      : null,
    owner && owner !== me().id ? h("span", { class: "mark" }, one.assignee_name) : null,
  ];
}
