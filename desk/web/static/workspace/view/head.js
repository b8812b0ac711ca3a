// The head of a case: what it is about, where it stands, whose it is, what was promised.

import { h } from "../../core/dom.js";
import { keyed } from "../../core/keyed.js";
import { t } from "../../core/words.js";
import { assign, setPriority, setStatus, snooze, transfer, unflag } from "../store/actions.js";
import { agents, me, queues } from "../store/furniture.js";
import { unmerge } from "../store/merges.js";
import { drawer, goToCase, pane } from "../store/place.js";
import { brief, PRIORITIES, words } from "../words/states.js";
import { moment } from "../words/time.js";
import { chip } from "./chip.js";
import { icon } from "./glyph.js";
import { menu } from "./menu.js";
import { showMacros } from "./macros.js";
import { askWhereTo } from "./merge.js";
import { showReasons } from "./reasons.js";
import { askUntilWhen } from "./snooze.js";
import { askTag, tagLine } from "./tags.js";

export function caseHead(row, detail) {
  const open = (clock) =>
    clock.ended_at === null && clock.state !== "cancelled" && clock.state !== "met";
  const clocks = h("span", { class: "chips" });
  keyed(
    clocks,
    () => (detail()?.clocks ?? []).filter(open),
    (clock) => clock.metric,
    (clock) => chip(clock, { named: true }),
  );
  return h(
    "header",
    { class: "case-head" },
    h(
      "div",
      { class: "case-title" },
      h(
        "button",
        {
          class: "button quiet back",
          type: "button",
          onclick: () => goToCase(null),
          "aria-label": t("Back to the list"),
        },
        icon("back"),
      ),
      h(
        "h2",
        { title: () => row().subject },
        () => row().subject || row().preview || t("No subject"),
      ),
      h("span", { class: "case-number" }, () => `#${row().number} · ${words(row().kind)}`),
      moreMenu(row),
      h(
        "button",
        {
          class: "button quiet who",
          type: "button",
          onclick: showCustomer,
          "aria-label": t("Customer"),
        },
        icon("person"),
      ),
    ),
    h(
      "div",
      { class: "case-bar" },
      statusMenu(row, detail),
      ownerMenu(row),
      priorityMenu(row),
      queueMenu(row),
      clocks,
    ),
    h(
      "p",
      { class: "flagged", role: "note", hidden: () => !row().flag },
      icon("flag"),
      () => row().flag,
      h(
        "button",
        { class: "button small", type: "button", onclick: () => unflag(row()) },
        t("Seen"),
      ),
    ),
    tagLine(row),
    merged(row),
    snoozed(row),
  );
}

const snoozed = (row) =>
  h(
    "p",
    { class: "merged", role: "note", hidden: () => !row().snoozed_until },
    icon("clock"),
    () => (row().snoozed_until ? t("Put away until {when}", { when: moment(row().snoozed_until) }) : ""),
    h(
      "button",
      { class: "button small", type: "button", onclick: () => snooze(row(), null) },
      t("Bring it back"),
    ),
  );

const merged = (row) =>
  h(
    "p",
    { class: "merged", role: "note", hidden: () => row().merged_into === null },
    h(
      "button",
      { class: "button quiet small", type: "button", onclick: () => goToCase(row().merged_into) },
      () => t("Goes on as #{number}", { number: row().merged_into }),
    ),
    h(
      "button",
      { class: "button small", type: "button", onclick: () => unmerge(row()) },
      t("Take it apart again"),
    ),
  );

export function showCustomer() {
  if (innerWidth < 800) pane.set("customer");
  else drawer.set(!drawer.peek());
}

const statusMenu = (row, detail) =>
  menu({
    id: "status-menu",
    kind: "status",
    name: () => t("Status"),
    label: () => [
      h("span", { class: `state ${row().status}`, "aria-hidden": "true" }),
      brief(row().status),
    ],
    items: () =>
      [row().status, ...(detail()?.may_become ?? [])].map((status, at) => ({
        text: words(status),
        chosen: at === 0,
        pick: () => setStatus(row(), status),
      })),
  });

const ownerMenu = (row) =>
  menu({
    id: "owner-menu",
    kind: "owner",
    name: () => t("Assigned to"),
    label: () => [
      icon("person"),
      row().assignee_id === me().id ? t("You") : row().assignee_name || t("Nobody"),
    ],
    items: () => [
      {
        text: t("Me"),
        chosen: row().assignee_id === me().id,
        hint: "a",
        pick: () => assign(row(), me().id),
      },
      {
        text: t("Nobody: back to the queue"),
        chosen: row().assignee_id === null,
        pick: () => assign(row(), null),
      },
      ...agents()
        .filter((one) => one.active && one.id !== me().id)
        .map((one) => ({
          text: one.name,
          hint: words(one.presence),
          chosen: row().assignee_id === one.id,
          pick: () => assign(row(), one.id),
        })),
    ],
  });

const priorityMenu = (row) =>
  menu({
    name: () => t("Priority"),
    label: () => words(row().priority),
    items: () =>
      PRIORITIES.map((one) => ({
        text: words(one),
        chosen: row().priority === one,
        pick: () => setPriority(row(), one),
      })),
  });

const queueMenu = (row) =>
  menu({
    name: () => t("Queue"),
    label: () => row().queue_name,
    items: () =>
      queues().map((one) => ({
        text: one.name,
        chosen: row().queue_id === one.id,
        pick: () => transfer(row(), one.id),
      })),
  });

const moreMenu = (row) =>
  menu({
    kind: "quiet more",
    name: () => t("More"),
    label: () => [icon("more")],
    items: () => [
      { text: t("Why me?"), hint: "y", pick: () => showReasons(row()) },
      { text: t("Macros…"), hint: "m", pick: () => showMacros(row()) },
      { text: t("Tag…"), hint: "t", pick: () => askTag(row()) },
      { text: t("Put it away until…"), hint: "z", pick: () => askUntilWhen(row()) },
      { text: t("Merge into another case…"), pick: () => askWhereTo(row()) },
      { text: t("Resolve"), hint: "e", pick: () => setStatus(row(), "resolved") },
      {
        text: t("Copy the address of the case"),
        pick: () => navigator.clipboard?.writeText(location.href),
      },
    ],
  });
