// What an agent does to a case besides writing: shown at once, taken back when the desk refuses.

import { t } from "../../core/words.js";
import { tell } from "../view/toast.js";
import { words } from "../words/states.js";
import { moment } from "../words/time.js";
import { ask } from "./ask.js";
import * as cases from "./cases.js";
import { agentName, me, queueName } from "./furniture.js";
import * as list from "./list.js";
import { goToCase } from "./place.js";
import { touch } from "./refresh.js";

async function change(row, what, body, guess) {
  list.guess(row.id, guess);
  show(row.number, guess);
  try {
    await ask("PUT", `cases/${row.number}/${what}`, body);
    return true;
  } catch (refused) {
    tell(refused.message, { bad: true });
    return false;
  } finally {
    touch(row.id);
    cases.refresh(row.number);
  }
}

function show(number, guess) {
  const state = cases.caseOf(number);
  const { detail, failed } = state.peek();
  if (detail) state.set({ detail: { ...detail, case: { ...detail.case, ...guess } }, failed });
}

export async function setStatus(row, status) {
  if (row.status === status) return;
  const before = row.status;
  if (!(await change(row, "status", { status }, { status }))) return;
  const back = before === "new" ? "open" : before;
  const undo = () => reopen({ ...row, status }, back);
  tell(t("#{number}: {status}", { number: row.number, status: words(status) }), { undo });
}

// Undo of a resolution goes by way of "open": the record keeps that it was resolved.
async function reopen(row, status) {
  const steps = row.status === "resolved" && status !== "open" ? ["open", status] : [status];
  for (const step of steps) await change(row, "status", { status: step }, { status: step });
}

export async function assign(row, agentId) {
  if (row.assignee_id === agentId) return;
  const before = row.assignee_id;
  const guess = { assignee_id: agentId, assignee_name: agentId ? agentName(agentId) : null };
  if (!(await change(row, "assignee", { agent_id: agentId }, guess))) return;
  const name = agentId === me.peek().id ? t("you") : agentName(agentId);
  const text = agentId
    ? t("#{number} is with {name}", { number: row.number, name })
    : t("#{number} is back in its queue", { number: row.number });
  tell(text, { undo: () => assign({ ...row, assignee_id: agentId }, before) });
}

// What is to be done next becomes mine, and is opened.
export async function takeNext() {
  try {
    const { number } = await ask("POST", "routing/next");
    if (number === null) return tell(t("Nothing waits for you."));
    goToCase(number);
    const undo = () =>
      ask("PUT", `cases/${number}/assignee`, { agent_id: null })
        .catch((refused) => tell(refused.message, { bad: true }))
        .finally(() => cases.refresh(number));
    tell(t("#{number} is with {name}", { number, name: t("you") }), { undo });
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
}

export const setPriority = (row, priority) => change(row, "priority", { priority }, { priority });

export const setTags = (row, tags) => change(row, "tags", { tags }, { tags });

export const unflag = (row) => change(row, "flag", { flag: "" }, { flag: "" });

export const transfer = (row, queueId) =>
  change(
    row,
    "queue",
    { queue_id: queueId },
    { queue_id: queueId, queue_name: queueName(queueId) },
  );

// Put a case away until a moment, or bring it back with null.
export async function snooze(row, until) {
  const guess = { snoozed_until: until };
  list.guess(row.id, guess);
  show(row.number, guess);
  try {
    if (until) await ask("PUT", `cases/${row.number}/snooze`, { until });
    else await ask("DELETE", `cases/${row.number}/snooze`);
    const words = until
      ? t("#{number} comes back {when}", { number: row.number, when: moment(until) })
      : t("#{number} is back", { number: row.number });
    tell(words, { undo: until ? () => snooze(row, null) : null });
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
  touch(row.id);
  cases.refresh(row.number);
}

export async function sendAgain(row, deliveryIds) {
  try {
    for (const id of deliveryIds) await ask("POST", `deliveries/${id}/retry`);
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
  cases.refresh(row.number);
}

export async function setPresence(presence) {
  try {
    me.set(await ask("PUT", "me/presence", { presence }));
  } catch (refused) {
    tell(refused.message, { bad: true });
  }
}
