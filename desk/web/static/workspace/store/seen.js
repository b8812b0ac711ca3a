// Which customers' words I have not seen yet: by when I last had a case open in this browser.

import { signal } from "../../core/signal.js";
import { me } from "./furniture.js";

const KEY = `parley:seen:${me.peek().id}`;
const MOST = 500;
const seen = signal(JSON.parse(localStorage.getItem(KEY) ?? "{}"));

export function isUnread(row) {
  const at = row.last_inbound_at;
  return Boolean(at) && Boolean(row.unanswered_since) && at > (seen()[row.id] ?? "");
}

export function markSeen(row) {
  if (!row.last_inbound_at || seen.peek()[row.id] === row.last_inbound_at) return;
  const { [row.id]: _, ...rest } = seen.peek();
  seen.set({
    ...Object.fromEntries(Object.entries(rest).slice(-MOST)),
    [row.id]: row.last_inbound_at,
  });
  try {
    localStorage.setItem(KEY, JSON.stringify(seen.peek()));
  } catch {
    // only a dot
  }
}
