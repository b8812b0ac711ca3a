// Keeps the wallboard up to date: the page is fetched again when something happens, and by the clock.

const AT_LEAST_EVERY_MS = 15_000;
const AT_MOST_EVERY_MS = 1_000;
const KINDS = [
  "agent.presence_changed",
  "case.assigned",
  "case.opened",
  "case.queue_changed",
  "case.status_changed",
  "inbox.health_changed",
  "message.received",
  "message.sent",
  "sla.breached",
  "sla.warned",
];

let planned = 0;

function plan(inMs) {
  if (planned) return;
  planned = window.setTimeout(refresh, inMs);
}

async function refresh() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected || answer.status === 401) return location.reload();
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      if (fresh) document.querySelector("main")?.replaceWith(fresh);
    }
  } catch {
    // The desk is away for a moment; the next round tries again.
  } finally {
    planned = 0;
  }
}

const feed = new EventSource("/api/v1/live");
for (const kind of KINDS) feed.addEventListener(kind, () => plan(AT_MOST_EVERY_MS));
window.setInterval(() => plan(0), AT_LEAST_EVERY_MS);
