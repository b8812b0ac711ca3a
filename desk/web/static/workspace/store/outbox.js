// Replies and notes on their way: shown at once, "sent" only when the desk said so, kept in this
// browser until then. The client id makes a second attempt the same message.

import { signal, untracked } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { ask, Refused } from "./ask.js";
import * as cases from "./cases.js";
import { me } from "./furniture.js";

const KEY = `parley:outbox:${me.peek().id}`;
const stored = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");

// Each: {client_id, number, kind: reply|note, text, then, identity_id, cc, files, at, state, reason}
export const outbox = signal(
  stored().map((one) => ({
    ...one,
    state: "failed",
    reason: t("The page was closed before the desk had answered."),
  })),
);

export const waitingFor = (number) => outbox().filter((one) => one.number === number);

export function post(message) {
  const one = { ...message, client_id: crypto.randomUUID(), at: new Date().toISOString() };
  change((all) => [...all, one]);
  return send(one.client_id);
}

export async function send(id) {
  const one = outbox.peek().find((message) => message.client_id === id);
  if (!one) return;
  mark(id, { state: "sending", reason: "" });
  try {
    await ask(
      "POST",
      `cases/${one.number}/${one.kind === "note" ? "notes" : "replies"}`,
      body(one),
    );
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    mark(id, { state: "failed", reason: refused.message, status: refused.status });
    return;
  }
  await cases.refresh(one.number);
  change((all) => all.filter((message) => message.client_id !== id));
}

// Take a failed one back; its words are the caller's again.
export function takeBack(id) {
  const one = outbox.peek().find((message) => message.client_id === id);
  change((all) => all.filter((message) => message.client_id !== id));
  return one;
}

// Try again what failed only because the desk was out of reach or the session over.
export function sendAgain() {
  for (const one of untracked(outbox)) {
    if (one.state === "failed" && (one.status === 0 || one.status === 401)) send(one.client_id);
  }
}

function body(one) {
  const { text, client_id } = one;
  if (one.kind === "note") return { text, client_id };
  const { then, identity_id, cc, files } = one;
  return { text, client_id, then, identity_id, cc, files };
}

function mark(id, changes) {
  change((all) => all.map((one) => (one.client_id === id ? { ...one, ...changes } : one)));
}

function change(how) {
  outbox.change(how);
  try {
    localStorage.setItem(KEY, JSON.stringify(outbox.peek()));
  } catch {
    // a full store: what is on its way is still in memory and on the screen
  }
}
