// The line as a WebSocket: the token goes in the first frame, never in the address.

const PING_MS = 20_000;
const DEAD_MS = 45_000;

export function openSocket({ base, token, cursor, ask }, { hear, closed }) {
  const socket = new WebSocket(`${base.replace(/^http/, "ws")}/socket`);
  let last = Date.now();
  const send = (frame) => {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  };
  const beat = setInterval(() => {
    if (Date.now() - last > DEAD_MS) gone(1006);
    else send({ t: "ping", ask: ask() });
  }, PING_MS);
  const gone = (code) => {
    clearInterval(beat);
    socket.onclose = socket.onmessage = null;
    socket.close();
    closed(code);
  };
  socket.onopen = () => send({ t: "hello", v: 1, token, cursor });
  socket.onmessage = (event) => {
    last = Date.now();
    hear(JSON.parse(event.data));
  };
  socket.onclose = (event) => gone(event.code);
  return { send, close: () => gone(0) };
}
