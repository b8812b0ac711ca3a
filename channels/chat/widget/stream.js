// The line without WebSocket: events by fetch, messages by POST. Receipts wait for better days.

export function openStream({ base, token, cursor }, { hear, closed }) {
  const stop = new AbortController();
  const headers = { Authorization: `Bearer ${token}` };
  listen(`${base}/events`, { ...headers, "Last-Event-ID": String(cursor) }, stop.signal, hear)
    .then(closed, () => closed(1006));
  return {
    send(frame) {
      if (frame.t !== "msg") return false;
      post(`${base}/messages`, headers, frame, hear).catch(() => stop.abort());
      return true;
    },
    close: () => stop.abort(),
  };
}

async function listen(url, headers, signal, hear) {
  const response = await fetch(url, { headers, signal, cache: "no-store" });
  if (!response.ok) return response.status === 401 ? 4401 : 1006;
  hear({ t: "welcome" });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return 1012;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data: ")) hear(JSON.parse(line.slice(6)));
  }
}

async function post(url, headers, { cid, t, ...message }, hear) {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json", "Idempotency-Key": cid },
    body: JSON.stringify(message),
  });
  const answer = await response.json();
  if (response.ok) hear(answer);
  else hear({ t: "err", cid, text: answer.error, retry_after_s: answer.retry_after_s });
}
