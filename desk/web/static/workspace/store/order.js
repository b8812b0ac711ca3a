// In which order the rows of a view stand. Pure.

const OLDEST_FIRST = new Set(["unassigned"]);
const FAR = Number.MAX_SAFE_INTEGER;

// The promise to show for a row: the one that is late the longest, else the next to fall due.
export function pressing(clocks) {
  let best = null;
  for (const clock of clocks) if (!best || dueAt(clock) < dueAt(best)) best = clock;
  return best;
}

const dueAt = (clock) =>
  clock.state === "paused" ? FAR : Date.parse(clock.breached_at ?? clock.due_at ?? "") || FAR - 1;

export const risk = (row) => {
  const clock = pressing(row.clocks);
  return clock ? dueAt(clock) : FAR;
};

const activity = (row) => Date.parse(row.case.last_message_at);

// My work: mine before what waits, by breach risk; other lists by when somebody last wrote.
export function ordered(view, rows) {
  const sections = ["own", "waiting", ""];
  const section = (row) => sections.indexOf(row.section);
  const byRisk = (a, b) => risk(a) - risk(b) || activity(a) - activity(b) || a.case.id - b.case.id;
  const direction = OLDEST_FIRST.has(view) ? 1 : -1;
  const byTime = (a, b) => (activity(a) - activity(b) || a.case.id - b.case.id) * direction;
  const within = view === "mine" ? byRisk : byTime;
  return [...rows].sort((a, b) => section(a) - section(b) || within(a, b));
}
