// Times as people read them.

const HOURS = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** Return an element that says when: the hour, the exact time on hover. */
export function clock(at) {
  const time = document.createElement("time");
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return time;
  time.dateTime = when.toISOString();
  time.title = when.toLocaleString();
  time.textContent = HOURS.format(when);
  return time;
}
