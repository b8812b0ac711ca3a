// What I should know: how many wait, the newest of them, and that I know them.

import { effect, signal, untracked } from "../../core/signal.js";
import { ask } from "./ask.js";
import { me } from "./furniture.js";
import { listen } from "./live.js";
import { number } from "./place.js";

export const unseen = signal(0);
export const notices = signal([]);

export function begin() {
  reread();
  listen((event) => {
    const mine = event.kind.startsWith("notice.") && event.fact.agent_id === me.peek().id;
    if (mine || event.kind === "reset") reread();
  });
  effect(() => number() && untracked(() => see(number())));
}

// Without a case: all of them.
export async function see(one) {
  if (!unseen.peek()) return;
  const left = await ask("POST", "notices/seen", one ? { case: one } : {}).catch(() => null);
  if (left) unseen.set(left.unseen);
}

async function reread() {
  const [page, count] = await Promise.all([ask("GET", "notices"), ask("GET", "notices/unseen")]).catch(
    () => [null, null],
  );
  if (!page) return;
  notices.set(page.items);
  unseen.set(count.unseen);
  const open = number.peek();
  const isRead = (notice) => !notice.seen && notice.number === open;
  if (open && !document.hidden && page.items.some(isRead)) see(open);
}
