// The case in the middle: its head, its timeline, what is suggested, and where one writes.

import { h } from "../../core/dom.js";
import { computed, effect, untracked } from "../../core/signal.js";
import { t } from "../../core/words.js";
import * as cases from "../store/cases.js";
import { rowOf } from "../store/list.js";
import { goToCase, number } from "../store/place.js";
import { isUnread, markSeen } from "../store/seen.js";
import { loadSuggestions } from "../store/suggestions.js";
import { isWriting } from "../store/writing.js";
import { who } from "../words/states.js";
import { composer } from "./composer.js";
import { caseHead } from "./head.js";
import { suggestionStrip } from "./suggestions.js";
import { timeline } from "./timeline.js";

export function casePane() {
  effect(() => {
    if (number() === null) return;
    cases.refresh(number());
    loadSuggestions(number());
  });
  effect(() => {
    const row = cases.open()?.case;
    if (row && !document.hidden && isUnread(row)) markSeen(row);
  });
  const state = computed(() => (number() === null ? null : cases.caseOf(number())()));
  const detail = computed(() => state()?.detail ?? null);
  // What the list already knows is shown while the rest is on its way.
  const row = computed(() => detail()?.case ?? rowOf(number())?.case ?? null);
  const which = computed(() => (row() ? number() : null));
  return h("section", { class: "pane case", "aria-label": t("Case") }, () => {
    if (which() === null) return number() === null ? nothingOpen() : missing(state);
    const made = which();
    // Made once per case: what is read while making it must not make it again.
    return untracked(() => [
      caseHead(row, detail),
      timeline(row, detail),
      writingLine(row),
      suggestionStrip(made),
      composer(row, detail),
    ]);
  });
}

// It stays on the screen, empty, so that what is put into it is read out.
const writingLine = (row) =>
  h("p", { class: "writing meta", role: "status", dir: "auto" }, () =>
    isWriting(row().id) ? t("{name} is writing…", { name: who(row().customer_name) }) : null,
  );

function nothingOpen() {
  return h(
    "div",
    { class: "nothing" },
    h("p", {}, t("Pick a case from the list.")),
    h(
      "p",
      { class: "meta" },
      h("kbd", {}, "j"),
      " ",
      h("kbd", {}, "k"),
      " ",
      t("move"),
      " · ",
      h("kbd", {}, "Enter"),
      " ",
      t("opens"),
      " · ",
      h("kbd", {}, "?"),
      " ",
      t("shows every key"),
    ),
  );
}

function missing(state) {
  return h("div", { class: "nothing", role: "status" }, () => {
    const failed = state()?.failed;
    if (!failed) return h("p", { class: "muted slow" }, t("Opening the case…"));
    return [
      h("p", {}, failed),
      h("button", { class: "button", onclick: () => goToCase(null) }, t("Back to the list")),
    ];
  });
}
