"""Socket Mode: connections that renew themselves; an envelope is acknowledged once committed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from channels.slack.client import Client
from channels.slack.config import SlackSettings, is_loopback
from channels.slack.envelope import Json, mapping, text
from channels.slack.ingress import Ingress, Payload
from desk.kit import log
from desk.kit.errors import ChannelBroken, DeskError
from desk.kit.retry import backoff_s
from desk.ports.channel import Health, HealthState

_BATCH = 100
_CLOSING_S = 5.0
_LOOK_S = 0.25

Report = Callable[[Health], None]
Own = Callable[[str], AbstractAsyncContextManager[None]]  # do this in no other process


class Line(SocketModeClient):
    """One connection. It never reconnects by itself: it asks for a new line to take its place.

    The library's own loop for that swallows refused tokens, tries for ever, and cannot be
    waited for; ours opens the new line before it closes the old one.
    """

    def __init__(self, client: Client, settings: SlackSettings) -> None:
        super().__init__(
            app_token=client.token, web_client=client.web, ping_interval=settings.ping_s
        )
        self.over = asyncio.Event()
        if is_loopback(settings.api_base):
            self.proxy = None

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Say that this line is over: closed, stale, or Slack wants it renewed."""
        self.over.set()

    async def dispose(self) -> None:
        """Close the line and wait until nothing of it is left."""
        self.closed = True
        tasks = (self.current_session_monitor, self.message_receiver, self.message_processor)
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_S):
                await self.close()  # type: ignore[no-untyped-call]
        await self.aiohttp_client_session.close()


class SocketMode:
    """The app's connections to Slack, as many as set, and the one queue behind them."""

    def __init__(
        self, client: Client, settings: SlackSettings, ingress: Ingress, report: Report, *, own: Own
    ) -> None:
        self._client = client  # with the app-level token
        self._settings = settings
        self._ingress = ingress
        self._report = report
        self._own = own
        self._queue: asyncio.Queue[tuple[Line, SocketModeRequest]] = asyncio.Queue()
        self._up: set[int] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._rng = Random()  # noqa: S311  jitter guards nothing
        self._log = log.get(channel="slack")

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Hold the connections while the context is open."""
        count = min(max(self._settings.connections, 1), 10)
        tasks = [asyncio.ensure_future(self._keep(number)) for number in range(count)]
        tasks.append(asyncio.ensure_future(self._drain()))
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            yield
        finally:
            running = [*tasks, *self._answering]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            self._log.error("slack.socket_ended", exc_info=task.exception())
            self._report(Health(state=HealthState.BROKEN, detail="The Slack connection failed."))

    async def _keep(self, number: int) -> None:
        """Keep line `number` of the app up, whenever no other process of the desk does."""
        failures = 0
        while True:
            try:
                async with self._own(f"socket {number}"):
                    failures = 0
                    await self._keep_line(number)
            except DeskError as lost:
                failures += 1
                self._tell(lost)
                await asyncio.sleep(self._pause_s(failures))

    async def _keep_line(self, number: int) -> None:
        """Keep one line up for ever; the next one is opened before the last one is closed."""
        line: Line | None = None
        failures = 0
        try:
            while True:
                fresh = await self._try_to_open(number, failures)
                if line is not None and (fresh is not None or not await line.is_connected()):
                    await line.dispose()
                    line = None
                if fresh is None:
                    failures += 1
                    await asyncio.sleep(self._pause_s(failures))
                    continue
                line, failures = fresh, 0
                await _until_over(line)
        finally:
            if line is not None:
                await line.dispose()

    def _pause_s(self, failures: int) -> float:
        first_s, cap_s = self._settings.backoff_first_s, self._settings.backoff_cap_s
        return backoff_s(failures, self._rng, first_s=first_s, cap_s=cap_s)

    async def _try_to_open(self, number: int, failures: int) -> Line | None:
        try:
            line = await self._open()
        except (DeskError, TimeoutError) as trouble:
            self._up.discard(number)
            self._tell(trouble)
            return None
        if failures or not self._up:
            self._report(Health(state=HealthState.CONNECTED))
        self._up.add(number)
        return line

    async def _open(self) -> Line:
        answer = await self._client.ask("apps.connections.open")
        line = Line(self._client, self._settings)
        line.socket_mode_request_listeners = [self._heard]
        line.wss_uri = text(answer, "url")
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                await line.connect()  # type: ignore[no-untyped-call]
        except BaseException:  # also when cancelled: no connection may be left behind
            await line.dispose()
            raise
        return line

    def _tell(self, trouble: Exception) -> None:
        reason = trouble.reason if isinstance(trouble, DeskError) else "Slack does not connect."
        self._log.warning("slack.socket_trouble", reason=reason)
        if isinstance(trouble, ChannelBroken):
            self._report(Health(state=HealthState.BROKEN, detail=reason))
        elif not self._up:
            self._report(Health(state=HealthState.TROUBLED, detail=reason))

    async def _heard(self, line: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if isinstance(line, Line):  # only queued here: the library runs listeners side by side
            self._queue.put_nowait((line, request))

    async def _drain(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            batch.sort(key=lambda heard: _moment(heard[1].payload))  # lines race each other
            late = [heard for heard in batch if self._ingress.lacks(*_payload(heard[1]))]
            if rest := [heard for heard in batch if heard not in late]:
                await self._take(rest)
            for heard in late:  # each by itself: for them Slack is asked first
                self._beside(self._take([heard]))

    async def _take(self, batch: Sequence[tuple[Line, SocketModeRequest]]) -> None:
        """Commit a batch and acknowledge it; one that cannot be kept comes again."""
        try:
            taken = await self._ingress.take([_payload(request) for _, request in batch])
        except DeskError as trouble:
            self._log.warning("slack.not_taken", reason=trouble.reason, count=len(batch))
            await self._refuse(batch)
            return
        for (line, request), fresh in zip(batch, taken, strict=True):
            if request.type == "events_api":
                await _acknowledge(line, request, None)
            else:
                self._beside(self._answer(line, request, fresh))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _refuse(self, batch: Sequence[tuple[Line, SocketModeRequest]]) -> None:
        """Tell whoever waits before a form that it could not be kept: he may send it again."""
        for line, request in batch:
            told = self._ingress.interactive.refusal(request.type, request.payload)
            if told:
                await _acknowledge(line, request, told)

    async def _answer(self, line: Line, request: SocketModeRequest, fresh: bool) -> None:
        """Acknowledge what a person did once it is known what the answer says; beside the rest."""
        told = await self._ingress.interactive.answer(request.type, request.payload, fresh=fresh)
        await _acknowledge(line, request, told)


def _payload(request: SocketModeRequest) -> Payload:
    return request.type, request.payload


async def _acknowledge(line: Line, request: SocketModeRequest, told: Json | None) -> None:
    answer: Json = {"envelope_id": request.envelope_id} | ({"payload": told} if told else {})
    with contextlib.suppress(ConnectionError, RuntimeError):  # it comes again
        await line.send_socket_mode_response(answer)


async def _until_over(line: Line) -> None:
    """Return when the line says so, or soon after its connection broke without a word.

    The library itself looks only once in `ping_s`.
    """
    while not line.over.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(line.over.wait(), _LOOK_S)
        if line.current_session is None or line.current_session.closed:
            return


def _moment(payload: dict[str, Any]) -> str:
    event = mapping(payload, "event")
    return text(event, "event_ts") or text(event, "ts")
