// What live events make us read again: rows in one request per 50 ms, the open case, counts.

import { signal } from "../../core/signal.js";
import { ask } from "./ask.js";
import * as cases from "./cases.js";
import { agents, firstCounts, me } from "./furniture.js";
import * as list from "./list.js";
import { listen } from "./live.js";
import { number } from "./place.js";
import { loadSuggestions } from "./suggestions.js";
import { WRITING } from "./writing.js";

const TOGETHER_MS = 50;
const MOST = 150;
const COUNTS_MS = 1500;

export const counts = signal(firstCounts);

let ids = new Set();
const soon = once(rereadRows, TOGETHER_MS);
const countSoon = once(recount, COUNTS_MS);
const peopleSoon = once(rereadPeople, 300);
const caseSoon = once(() => number.peek() && cases.refresh(number.peek()), TOGETHER_MS);

export function begin() {
  listen((event) => {
    if (event.kind === "reset") return startAnew();
    if (event.kind.startsWith("agent.")) return peopleSoon();
    if (event.case_id === null || event.kind === WRITING) return undefined;
    const open = cases.open();
    if (open?.case.id === event.case_id) {
      caseSoon();
      if (event.kind === "suggestions.made") loadSuggestions(open.case.number);
    }
    return touch(event.case_id);
  });
}

// Read a row again, together with others that ask for it now.
export function touch(id) {
  ids.add(id);
  soon();
  countSoon();
}

async function rereadRows() {
  const some = [...ids].slice(0, MOST);
  some.forEach((id) => ids.delete(id));
  const view = list.viewShown();
  if (some.length && view) {
    const query = `view=${encodeURIComponent(view)}&ids=${some.join(",")}`;
    const found = await ask("GET", `workspace/rows?${query}`).catch(() => null);
    if (found) list.update(view, some, found.items);
  }
  if (ids.size) soon();
}

async function recount() {
  counts.set(await ask("GET", "workspace/counts").catch(() => counts.peek()));
}

async function rereadPeople() {
  const page = await ask("GET", "agents").catch(() => null);
  if (!page) return;
  agents.set(page.items);
  me.set(page.items.find((one) => one.id === me.peek().id) ?? me.peek());
}

function startAnew() {
  list.reload();
  recount();
  rereadPeople();
  caseSoon();
}

// A function that runs once, `ms` after it was first asked for; never twice at once.
function once(run, ms) {
  let timer = 0;
  let running = false;
  const go = async () => {
    if (running) {
      timer = setTimeout(go, ms);
      return;
    }
    timer = 0;
    running = true;
    await run();
    running = false;
  };
  return () => {
    timer ||= setTimeout(go, ms);
  };
}
