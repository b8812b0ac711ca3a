"""A page with the chat widget open: it keeps what it says and comes back as the widget does.

The steps are those of channels/chat/widget (chat.js, line.js, outbox.js, stream.js), over the
frames that are documented; a thousand browsers would measure the browsers.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import aiohttp
from aiohttp import WSMsgType

RESTART, ENDED, CROWDED, GAP = 1012, 4401, 4429, 4001
_LOST = 1006
_PING_S = 20.0
_FIRST_S, _MOST_S = 0.3, 30.0

Frame = dict[str, Any]


def backoff_s(step: int, rng: Random) -> float:
    """Return how long the widget waits before it comes back, after `step` failures before."""
    return min(_MOST_S, _FIRST_S * 2.0**step) * (0.5 + rng.random())


class Visitor:
    """One open page. `base` is where the desk is reached, `site` the page it is on."""

    def __init__(
        self, http: aiohttp.ClientSession, base: str, site: str, inbox: str, rng: Random
    ) -> None:
        self.lines: list[Frame] = []
        self.outbox: dict[str, str] = {}  # cid to text, in the order written
        self.cursor = 0
        self.up = False
        self.refused: list[str] = []  # what a widget would have to tell its visitor
        self.welcomes = self.streams = 0
        self.dials: list[float] = []  # when, by the machine's steady clock
        self.stirred: Callable[[], None] = lambda: None
        self._http = http
        self._base = f"{base}/chat/v1/{inbox}"
        self._headers = {"Origin": site}
        self._rng = rng
        self._token: str | None = None
        self._flying: str | None = None
        self._failures = 0
        self._asked_s = 0.0  # how long the desk asked to stay away
        self._send: Callable[[Frame], Any] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, text: str) -> None:
        """Write a message: it is kept until the desk has it."""
        self.outbox[f"{self._rng.getrandbits(96):024x}"] = text
        self._flush()

    async def live(self) -> None:
        """Be there until cancelled."""
        try:
            await self._begin()
            while True:
                self.dials.append(time.monotonic())
                code = await self._dial()
                self.up, self._send, self._flying = False, None, None
                away_s, self._asked_s = self._asked_s, 0.0
                if code in (GAP, ENDED, CROWDED):
                    self.refused.append(f"closed with {code}")
                if code in (GAP, ENDED):
                    await self._begin()
                    continue
                step = 1 if code == RESTART else self._failures
                self._failures += 1
                wait_s = away_s * (0.5 + self._rng.random()) or backoff_s(step, self._rng)
                await asyncio.sleep(wait_s)
        finally:
            for task in self._tasks:
                task.cancel()

    async def _begin(self) -> None:
        """Begin or resume the session, again until the desk answers."""
        tries = 0
        while True:
            told = {"token": self._token, "page": {"url": "https://shop.example/", "title": "Shop"}}
            try:
                async with self._http.post(
                    f"{self._base}/session", json=told, headers=self._headers
                ) as answer:
                    if answer.status == 200:
                        self._begun(await answer.json())
                        return
                    self.refused.append(f"session: {answer.status} {await answer.text()}")
            except (aiohttp.ClientError, TimeoutError, ValueError):
                pass
            await asyncio.sleep(backoff_s(tries, self._rng))
            tries += 1

    def _begun(self, told: Frame) -> None:
        self._token, self.cursor = told["token"], told["cursor"]
        self.lines = [line for line in told["messages"] if line["t"] == "msg"]
        for line in self.lines:
            self.outbox.pop(line.get("cid", ""), None)
        self.stirred()

    async def _dial(self) -> int:
        """Hold one line until it ends; return why."""
        by_stream = self._failures >= 3 and self._failures % 2
        try:
            return await (self._stream() if by_stream else self._socket())
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return _LOST

    async def _socket(self) -> int:
        url = f"{self._base}/socket"
        async with self._http.ws_connect(url, headers=self._headers, heartbeat=None) as ws:
            await ws.send_json({"t": "hello", "v": 1, "token": self._token, "cursor": self.cursor})
            self._send = lambda frame: self._later(ws.send_json(frame))
            beat = asyncio.create_task(self._beat(ws))
            try:
                async for message in ws:
                    if message.type is WSMsgType.TEXT and not self._hear(json.loads(message.data)):
                        return GAP
            finally:
                beat.cancel()
            return ws.close_code or _LOST

    async def _beat(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        await asyncio.sleep(self._rng.uniform(0, _PING_S))  # pages are opened at any time
        while True:
            await _quietly(ws.send_json({"t": "ping"}))
            await asyncio.sleep(_PING_S)

    async def _stream(self) -> int:
        headers = {**self._headers, "Authorization": f"Bearer {self._token}"}
        place = {"Last-Event-ID": str(self.cursor)}
        forever = aiohttp.ClientTimeout(total=None)
        async with self._http.get(
            f"{self._base}/events", headers=headers | place, timeout=forever
        ) as answer:
            if answer.status != 200:
                return ENDED if answer.status == 401 else _LOST
            self.streams += 1
            self._send = lambda frame: self._later(self._post(frame, headers, answer))
            self._hear({"t": "welcome"})
            async for line in answer.content:
                if line.startswith(b"data: ") and not self._hear(json.loads(line[6:])):
                    return GAP
            return RESTART

    async def _post(
        self, frame: Frame, headers: dict[str, str], stream: aiohttp.ClientResponse
    ) -> None:
        key = {"Idempotency-Key": frame["cid"]}
        body = {"text": frame["text"]}
        try:
            async with self._http.post(
                f"{self._base}/messages", json=body, headers=headers | key
            ) as answer:
                told = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            stream.close()
            return
        if answer.status == 200:
            self._hear(told)
        else:
            again_s = told.get("retry_after_s")
            self._hear({"t": "err", "cid": frame["cid"], "text": told, "retry_after_s": again_s})

    def _hear(self, frame: Frame) -> bool:
        """Take one frame; False: a line is missing before it."""
        if frame["t"] == "welcome":
            self._failures, self.up = 0, True
            self.welcomes += 1
            self._flush()
        elif frame["t"] == "ack":
            self._settled(frame["cid"])
        elif frame["t"] == "err":
            self._erred(frame)
        elif frame["t"] == "bye":
            self._asked_s = frame["retry_after_s"]
        elif frame["t"] == "msg" and frame["seq"] > self.cursor:
            if frame["seq"] != self.cursor + 1:
                return False
            self.cursor = frame["seq"]
            self.lines.append(frame)
            self.outbox.pop(frame.get("cid", ""), None)
        self.stirred()
        return True

    def _settled(self, cid: str) -> None:
        if cid == self._flying:
            self._flying = None
            self.outbox.pop(cid, None)
            self._flush()

    def _erred(self, frame: Frame) -> None:
        if frame["cid"] != self._flying:
            return
        self._flying = None
        if frame["retry_after_s"] is None:
            self.refused.append(str(frame["text"]))
            self.outbox.pop(frame["cid"], None)
            self._flush()
        else:
            self._later(self._again(frame["retry_after_s"]))

    async def _again(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        self._flush()

    def _flush(self) -> None:
        """Send the oldest message; the next one goes when it was acknowledged."""
        if self.up and self._send and not self._flying and self.outbox:
            self._flying = next(iter(self.outbox))
            text = self.outbox[self._flying]
            self._send({"t": "msg", "cid": self._flying, "text": text, "files": []})

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Any) -> None:
    with suppress(aiohttp.ClientError, OSError, RuntimeError):  # what is not acknowledged
        await work  # goes with the next line
