// One wire per browser: the page that holds the lock has it, the others hear and speak through it.
// When its page goes the next one gets the lock, and the wire.

/** Open a wire by `open`, or share the one of another page of this session. */
export function openTab(open, at, { hear, closed }) {
  const name = `parley:${at().base}:${at().token}`;
  if (!navigator.locks || !window.BroadcastChannel) return open(at(), { hear, closed });
  const others = new BroadcastChannel(name);
  const stop = new AbortController();
  let over, wire, letGo, welcome;
  const tell = (told) => over || others.postMessage(told);
  const end = (code) => {
    if (over) return;
    over = true;
    others.close();
    stop.abort();
    wire?.close();
    letGo?.();
    if (code) closed(code);
  };
  others.onmessage = ({ data: { frame, ask, send, code } }) => {
    if (send) wire?.send(send);
    else if (ask && welcome) tell({ frame: welcome });
    else if (frame && !wire) hear(frame);
    else if (code && !wire) end(code);
  };
  const lead = () => {
    wire = open(at(), {
      hear: (frame) => {
        if (frame.t === "welcome") welcome = frame;
        tell({ frame });
        hear(frame);
      },
      closed: (code) => {
        tell({ code });
        end(code);
      },
    });
    return new Promise((done) => (letGo = done));
  };
  navigator.locks.request(name, { signal: stop.signal }, lead).catch(() => {}); // ended before
  tell({ ask: true });
  return { send: (frame) => (wire ? wire.send(frame) : !tell({ send: frame })), close: () => end(0) };
}
