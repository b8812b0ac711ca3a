"""Socket Mode, the server's half: envelopes, acknowledgements, redelivery, refresh."""

import asyncio
import contextlib
import json
from collections import deque
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from channels.sandbox.slack.events import Answer
from channels.sandbox.slack.workspace import APP, Json
from desk.kit.ids import new_id


@dataclass
class Envelope:
    """One thing to be acknowledged, and how often it was sent."""

    id: str
    kind: str
    payload: Json
    attempt: int = 0
    reason: str = ""
    timer: asyncio.TimerHandle | None = None
    line: web.WebSocketResponse | None = None
    answer: Answer | None = None

    def as_json(self) -> str:
        """Return the envelope as it goes over the wire."""
        retry = {"retry_attempt": self.attempt, "retry_reason": self.reason}
        told = {"envelope_id": self.id, "type": self.kind, "payload": self.payload}
        return json.dumps({**told, "accepts_response_payload": self.kind != "events_api", **retry})


class Sockets:
    """The app's open connections. Each envelope goes to one of them until it is acknowledged."""

    def __init__(self, redeliver_s: float, retries: int = 3) -> None:
        self.lines: list[web.WebSocketResponse] = []
        self.acknowledged: list[Json] = []  # payloads, in the order of their acks
        self.lost: list[Json] = []  # given up after the last retry
        self.redelivered = 0
        self.opened = 0
        self.spread = False  # in turns over the connections, instead of the newest
        self._redeliver_s = redeliver_s
        self._retries = retries
        self._waiting: deque[Envelope] = deque()
        self._unacked: dict[str, Envelope] = {}
        self._tickets: set[str] = set()
        self._bell = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def ticket(self) -> str:
        """Return the one-time word that opens a connection."""
        ticket = new_id()
        self._tickets.add(ticket)
        return ticket

    def carry(self, kind: str, payload: Json, answer: Answer | None = None) -> None:
        """Take something to be delivered; without a connection it waits for one."""
        self._waiting.append(Envelope(new_id(), kind, payload, answer=answer))
        self._pump()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection of the app from hello to its end."""
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(request.query["ticket"])
        line = web.WebSocketResponse()
        await line.prepare(request)
        self.opened += 1
        hello = {"type": "hello", "connection_info": {"app_id": APP}}
        await line.send_str(json.dumps({**hello, "num_connections": len(self.lines) + 1}))
        self.lines.append(line)
        self._ring()
        self._pump()
        try:
            async for frame in line:
                if frame.type is WSMsgType.TEXT:
                    self._heard(frame.data)
        finally:
            self._gone(line)
        return line

    async def refresh(self) -> None:
        """Ask every connection to make way for a new one, as Slack does every few hours."""
        for line in list(self.lines):
            await line.send_str('{"type": "disconnect", "reason": "refresh_requested"}')

    async def drop(self) -> None:
        """Cut every connection without a word."""
        for line in list(self.lines):
            self._gone(line)
            transport = line._req.transport if line._req else None
            if transport is not None:
                transport.abort()

    async def until(self, connections: int) -> None:
        """Return when the app holds exactly so many connections."""
        while len(self.lines) != connections:
            await self._bell.wait()

    async def brought_again(self, times: int) -> None:
        """Return when something had to be brought again so often."""
        while self.redelivered < times:
            await self._bell.wait()

    async def settled(self) -> None:
        """Return when everything delivered so far was acknowledged or given up."""
        while self._waiting or self._unacked:
            await self._bell.wait()

    async def close(self) -> None:
        """End all connections and timers."""
        for envelope in self._unacked.values():
            if envelope.timer:
                envelope.timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        for line in list(self.lines):
            with contextlib.suppress(ConnectionError):
                await line.close()

    def _ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    def _heard(self, text: str) -> None:
        told = json.loads(text)
        envelope = self._unacked.pop(told.get("envelope_id", ""), None)
        if envelope is not None:
            if envelope.timer:
                envelope.timer.cancel()
            self.acknowledged.append(envelope.payload)
            if envelope.answer is not None and not envelope.answer.done():
                envelope.answer.set_result(told.get("payload"))
        self._ring()

    def _gone(self, line: web.WebSocketResponse) -> None:
        if line in self.lines:
            self.lines.remove(line)
        for envelope in list(self._unacked.values()):
            if envelope.line is line:
                self._again(envelope, "connection_closed")
        self._ring()

    def _pump(self) -> None:
        while self._waiting and self.lines:
            envelope = self._waiting.popleft()
            line = self.lines[0 if self.spread else -1]
            if self.spread:
                self.lines.append(self.lines.pop(0))
            envelope.line = line
            self._unacked[envelope.id] = envelope
            if envelope.answer is None:  # what a person waits for is not brought again
                envelope.timer = asyncio.get_running_loop().call_later(
                    self._redeliver_s, self._again, envelope, "timeout"
                )
            task = asyncio.ensure_future(self._put(line, envelope.as_json()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _put(self, line: web.WebSocketResponse, text: str) -> None:
        with contextlib.suppress(ConnectionError):  # the end of the connection brings it again
            await line.send_str(text)

    def _again(self, envelope: Envelope, reason: str) -> None:
        if self._unacked.pop(envelope.id, None) is None:
            return
        if envelope.timer:
            envelope.timer.cancel()
        if envelope.attempt >= self._retries:
            self.lost.append(envelope.payload)
            return self._ring()
        self.redelivered += 1
        envelope.attempt, envelope.reason = envelope.attempt + 1, reason
        self._waiting.append(envelope)
        self._pump()
        return self._ring()
