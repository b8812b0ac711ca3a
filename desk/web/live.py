"""The live view: server-sent events of the log after a cursor, for one viewer each."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from aiohttp import hdrs, web
from msgspec import Struct

from desk.agents.doorkeeper import DOORKEEPER
from desk.events.log import Cursor, Event
from desk.http import Call, Need, Role, Routes, Who
from desk.kit.errors import DeskError, Invalid, TooOften
from desk.web.feed import Feed

routes = Routes()

Visible = Callable[[Who, Event], bool]

WRITING = "customer.writing"  # in passing: the customer of a case writes at this moment

FEED: web.AppKey[Feed] = web.AppKey("feed", Feed)
VISIBLE: web.AppKey[Visible] = web.AppKey("visible")
STREAMS: web.AppKey[dict[asyncio.Task[None], int]] = web.AppKey("streams")  # whose
HEARTBEAT_S: web.AppKey[float] = web.AppKey("heartbeat_s", float)

BACKLOG_MOST = 2_000  # who missed more starts afresh
STREAMS_MOST = 24  # at once for one agent: more tabs than anybody has
_RETRY_MS = 1_000
_LARGEST = 2**63 - 1
_PERSONAL = frozenset(
    {
        "agent.changed",
        "agent.signed_in",
        "agent.sign_in_refused",
        "agent.sign_in_link_created",
        "agent.session_revoked",
        "agent.api_token_created",
        "agent.api_token_revoked",
    }
)


class After(Struct, frozen=True):
    """Where to go on: the id of the last event seen; without it, from now on."""

    after: str | None = None


def visible_by_role(who: Who, event: Event) -> bool:
    """Return whether `who` may see `event`: how others sign in is for admins only."""
    if event.kind not in _PERSONAL or who.role is Role.ADMIN:
        return True
    return event.body.get("agent_id") == who.agent_id


@routes.get("/api/v1/live", needs=Need.AGENT)
async def live(call: Call, query: After) -> web.StreamResponse:
    """Stream events as they are committed.

    Each has the cursor as `id`, its kind as `event` and its fact as `data`. `ready` comes first
    and names the cursor it starts from. `reset` says that the cursor given is unknown or too
    long ago: load everything anew, then go on from the id it carries. `customer.writing` has no id
    and is told once, to whoever listens: the customer of `case_id` writes. Comments every 15 s keep
    the line open. A browser that reconnects by itself goes on where it was.
    """
    _check_room(call)
    stream = _Stream(call)
    asked = query.after or call.request.headers.get("Last-Event-ID")
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8",
            hdrs.CACHE_CONTROL: "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    await response.prepare(call.request)
    task = asyncio.create_task(_pump(stream, asked, response))
    open_streams = call.get(STREAMS)
    open_streams[task] = call.agent.agent_id
    try:
        await asyncio.wait([task])
    finally:
        open_streams.pop(task, None)
        task.cancel()
    if not task.cancelled():
        task.result()
    return response


def _check_room(call: Call) -> None:
    """Raise TooOften when the caller holds as many lines as anybody may: each costs memory."""
    if list(call.get(STREAMS).values()).count(call.agent.agent_id) >= STREAMS_MOST:
        raise TooOften(f"You hold {STREAMS_MOST} live lines already.", retry_after_s=5)


async def close_streams(app: web.Application) -> None:
    """End every stream: browsers come back by themselves, to the process that is there then."""
    open_streams = list(app[STREAMS].keys())
    for task in open_streams:
        task.cancel()
    if open_streams:
        await asyncio.wait(open_streams)


async def _pump(stream: "_Stream", asked: str | None, response: web.StreamResponse) -> None:
    """Write until the viewer leaves, is signed out, or the desk stops."""
    with suppress(ConnectionResetError):
        async for chunk in stream.chunks(asked):
            await response.write(chunk)


class _Stream:
    """What one viewer gets."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._feed = call.get(FEED)
        self._who = call.agent

    async def chunks(self, asked: str | None) -> AsyncIterator[bytes]:
        cursor, fresh = await self._begin(asked)
        hello = "ready" if fresh else "reset"
        yield f"retry: {_RETRY_MS}\nid: {cursor}\nevent: {hello}\ndata: {{}}\n\n".encode()
        heard = self._feed.passed
        while True:
            bell = self._feed.bell()
            if told_now := self._feed.passing(heard):
                heard = self._feed.passed
                yield b"".join(one.wire for one in told_now)
            lines = await self._feed.after(cursor)
            if not lines:
                if not await self._rung(bell):
                    if not await self._still_admitted():
                        return
                    yield f": still here\nid: {cursor}\n\n".encode()
                continue
            told = any(self._concerns_us(line.event) for line in lines)
            if told and not await self._still_admitted():
                return
            cursor = lines[-1].event.cursor
            visible = self._call.get(VISIBLE)
            if shown := [line.wire for line in lines if visible(self._who, line.event)]:
                yield b"".join(shown)

    async def _begin(self, asked: str | None) -> tuple[Cursor, bool]:
        """Return where to begin, and False when that is not where the viewer asked for."""
        if asked is None:
            return await self._feed.now(), True
        cursor = _parsed(asked)
        if cursor is not None and await self._feed.holds(cursor, BACKLOG_MOST):
            return cursor, True
        return await self._feed.now(), False

    async def _rung(self, bell: asyncio.Event) -> bool:
        try:
            async with asyncio.timeout(self._call.get(HEARTBEAT_S)):
                await bell.wait()
        except TimeoutError:
            return False
        return True

    def _concerns_us(self, event: Event) -> bool:
        return event.kind in _PERSONAL and event.body.get("agent_id") == self._who.agent_id

    async def _still_admitted(self) -> bool:
        """Ask again who is listening: a session can end, a role can change meanwhile."""
        try:
            who = await self._call.get(DOORKEEPER).identify(self._call.request)
        except DeskError:
            return False
        if who is None:
            return False
        self._who = who
        return True


def _parsed(text: str) -> Cursor | None:
    try:
        cursor = Cursor.parse(text)
    except Invalid:
        return None
    return cursor if max(abs(cursor.xid), abs(cursor.seq)) <= _LARGEST else None
