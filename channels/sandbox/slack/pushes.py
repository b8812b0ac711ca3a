"""Events over HTTP, signed as Slack signs them, brought again when they are not taken."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from io import BytesIO
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from channels.sandbox.slack.events import Answer
from channels.sandbox.slack.workspace import Json
from desk.kit.clock import Clock

RETRIES_AFTER_S = (0.0, 60.0, 300.0)


def signed(secret: str, at_s: int, body: bytes) -> dict[str, str]:
    """Return the two headers that prove `body` came from Slack at `at_s`."""
    base = b"v0:%d:%s" % (at_s, body)
    mac = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at_s), "X-Slack-Signature": f"v0={mac}"}


class Pushes:
    """Posts payloads to the app's URL. `scale` shrinks the waits between retries (1 is real)."""

    def __init__(self, url: str, *, secret: str, clock: Clock, scale: float = 1.0) -> None:
        self.url = url
        self.statuses: list[int] = []  # answers, in the order they came; 0 for none
        self.lost: list[Json] = []
        self._secret = secret
        self._clock = clock
        self._scale = scale
        self.patience = ClientTimeout(total=3)
        self._session = ClientSession()
        self._tasks: set[asyncio.Task[None]] = set()
        self._bell = asyncio.Event()

    def carry(self, kind: str, payload: Json, answer: Answer | None = None) -> None:
        """Take something to be delivered; what somebody waits for is not tried again."""
        told = self._deliver(kind, payload) if answer is None else self._ask(kind, payload, answer)
        task = asyncio.ensure_future(told)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Return when everything was taken or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def answered(self, count: int) -> None:
        """Return when so many posts were answered, or not."""
        while len(self.statuses) < count:
            self._bell.clear()
            await self._bell.wait()

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Post `body` as it is and return the status; 0 when there was no answer."""
        status, _ = await self._post(body, headers)
        return status

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        told = b""
        try:
            content = BytesIO(body)
            async with self._session.post(
                self.url, data=content, headers=headers, timeout=self.patience
            ) as answer:
                told = await answer.read()
                status = answer.status
        except (ClientError, TimeoutError):
            status = 0
        self.statuses.append(status)
        self._bell.set()
        return status, told

    async def _ask(self, kind: str, payload: Json, answer: Answer) -> None:
        body, mime = encoded(kind, payload)
        at_s = int(self._clock.now().timestamp())
        headers = signed(self._secret, at_s, body) | {"Content-Type": mime}
        status, told = await self._post(body, headers)
        if status == 200 and not answer.done():
            answer.set_result(json.loads(told) if told else None)

    async def close(self) -> None:
        """End all deliveries."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()

    async def _deliver(self, kind: str, payload: Json) -> None:
        body, mime = encoded(kind, payload)
        retry: dict[str, str] = {}
        for number, wait_s in enumerate((*RETRIES_AFTER_S, None), start=1):
            at_s = int(self._clock.now().timestamp())
            headers = signed(self._secret, at_s, body) | {"Content-Type": mime} | retry
            status = await self.post(body, headers)
            if 200 <= status < 300:
                return
            reason = "http_error" if status else "http_timeout"
            retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
            if wait_s is not None:
                await asyncio.sleep(wait_s * self._scale)
        self.lost.append(payload)


def encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """Return body and content type: events are JSON, commands a form, the rest a form with JSON."""
    text = json.dumps(payload)
    if kind == "events_api":
        return text.encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": text}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"
