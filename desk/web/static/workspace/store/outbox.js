// Replies and notes on their way: shown at once, "sent" only when the desk said so, kept in this
// browser until then. The client id makes a second attempt the same message.

import { signal, untracked } from "../../core/signal.js";
import { t } from "../../core/words.js";
import { ask, Refused } from "./ask.js";
import * as cases from "./cases.js";
import { me, skewMs } from "./furniture.js";

const KEY = `parley:outbox:${me.peek().id}`;
const stored = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");

// Each: {client_id, number, kind: reply|note, text, then, identity_id, cc, files, undo_s, at,
// state: sending|held|failed, due_at, reason}
export const outbox = signal(
  stored()
    .filter((one) => one.state !== "held") // the desk has those
    .map((one) => ({
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
    const held = await ask("POST", `cases/${one.number}/${pathOf(one)}`, body(one));
    if (held?.due_at && !held.sent) return hold(id, held.due_at);
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    mark(id, { state: "failed", reason: refused.message, status: refused.status });
    return;
  }
  await settle(one);
}

const pathOf = ({ kind, undo_s: undo }) =>
  kind === "note" ? "notes" : undo ? "held-replies" : "replies";

// The desk holds it for some seconds: it is undone, or written when they are over.
function hold(id, due) {
  mark(id, { state: "held", due_at: due });
  const wait = () => {
    const one = outbox.peek().find((message) => message.client_id === id);
    if (one?.state === "held") settle(one).then((written) => written || setTimeout(wait, 1000));
  };
  setTimeout(wait, Math.max(0, Date.parse(due) - Date.now() - skewMs) + 300);
}

// Forget what the record shows by now; resolves to whether it does.
async function settle(one) {
  await cases.refresh(one.number);
  const { detail } = cases.caseOf(one.number).peek();
  const written = detail?.timeline.some((item) => item.client_id === one.client_id) ?? true;
  if (written || one.state !== "held") {
    change((all) => all.filter((message) => message.client_id !== one.client_id));
  }
  return written;
}

// Undo a reply that the desk still holds; gives its words back, or null when it has left. Throws
// Refused when the desk cannot be asked: then it will leave.
export async function undo(id) {
  try {
    await ask("DELETE", `held-replies/${id}`);
  } catch (refused) {
    if (!(refused instanceof Refused) || ![404, 409].includes(refused.status)) throw refused;
    return null;
  }
  return takeBack(id);
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
  const { then, identity_id, cc, files, undo_s } = one;
  const reply = { text, client_id, then, identity_id, cc, files };
  return undo_s ? { ...reply, undo_s } : reply;
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
