"""The live feed of one process: one reader of the event log, its last events kept in memory."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from desk.db.engine import Database
from desk.db.watch import watch
from desk.events import log
from desk.events.actors import Actor
from desk.events.log import START, Cursor, Event

KEPT = 5_000
_BATCH = 500
_PASSING = 200  # courtesies that a slow listener can be behind
_POLL_S = 5.0  # looks at least so often: a bell can get lost between processes

Listener = Callable[[Event], None]


class LiveEvent(Struct, frozen=True):
    """An event as browsers get it; `fact` has the fields of its kind."""

    at: datetime
    case_id: int | None
    customer_id: int | None
    actor: Actor
    fact: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """An event and its form on the wire, made once for all who get it."""

    event: Event
    wire: bytes


class Passing(Struct, frozen=True):
    """What is told once to whoever listens at the moment; no log has it."""

    kind: str
    case_id: int
    wire: bytes


class Feed:
    """Everything after `floor` up to `end`, in order; who asks for earlier reads the database."""

    def __init__(self, db: Database, listeners: tuple[Listener, ...] = ()) -> None:
        self._db = db
        self._listeners = listeners
        self._lines: deque[Line] = deque()
        self._passing: deque[Passing] = deque(maxlen=_PASSING)
        self._bell = asyncio.Event()
        self.passed = 0  # how much was told in passing so far
        self.floor = self.end = START

    async def begin(self) -> None:
        """Start from the log's present end: what came before is read by who asks for it."""
        self.floor = self.end = await self._db.read(log.latest)

    async def run(self) -> None:
        """Follow the log until cancelled."""
        await watch(self._db.wake.listener(), self._look, name="live feed")

    async def after(self, cursor: Cursor) -> list[Line]:
        """Return the next events after `cursor`, none when it is at the end."""
        if cursor >= self.floor:
            return self._kept_after(cursor)
        found = await self._db.read(log.read, cursor, _BATCH)
        return [line_of(event) for event in found]

    async def holds(self, cursor: Cursor, most: int) -> bool:
        """Return whether `cursor` is a place in the log, at most `most` events from its end."""
        if self.floor <= cursor <= self.end:
            return True
        return await self._db.read(_is_near_end, cursor, most)

    async def now(self) -> Cursor:
        """Return the log's end, which the feed itself may reach a moment later."""
        return await self._db.read(log.latest)

    def bell(self) -> asyncio.Event:
        """Return what is set when more has come. Take it before looking."""
        return self._bell

    def pass_on(self, kind: str, case_id: int) -> None:
        """Tell whoever listens at this moment, through this process; it is kept nowhere."""
        fact = msgspec.json.encode({"case_id": case_id})
        wire = b"event: %s\ndata: %s\n\n" % (kind.encode(), fact)
        self._passing.append(Passing(kind, case_id, wire))
        self.passed += 1
        self._ring()

    def passing(self, heard: int) -> list[Passing]:
        """Return what was told since `passed` was `heard`; what is too long ago is left out."""
        new = min(self.passed - heard, len(self._passing))
        return list(self._passing)[len(self._passing) - new :]

    async def _look(self) -> float:
        found = await self._db.read(log.read, self.end, _BATCH)
        if not found:
            return _POLL_S
        for event in found:
            for listen in self._listeners:
                listen(event)
        self._lines.extend(line_of(event) for event in found)
        while len(self._lines) > KEPT:
            self.floor = self._lines.popleft().event.cursor
        self.end = found[-1].cursor
        self._ring()
        return 0.0

    def _ring(self) -> None:
        rung, self._bell = self._bell, asyncio.Event()
        rung.set()

    def _kept_after(self, cursor: Cursor) -> list[Line]:
        found: list[Line] = []
        for line in reversed(self._lines):
            if line.event.cursor <= cursor:
                break
            found.append(line)
        found.reverse()
        return found


def line_of(event: Event) -> Line:
    """Return `event` with its form as a server-sent event."""
    shown = LiveEvent(event.at, event.case_id, event.customer_id, event.actor, event.body)
    wire = b"id: %s\nevent: %s\ndata: %s\n\n" % (
        str(event.cursor).encode(),
        event.kind.encode(),
        msgspec.json.encode(shown),
    )
    return Line(event, wire)


def _is_near_end(c: Connection, cursor: Cursor, most: int) -> bool:
    return cursor <= log.latest(c) and len(log.read(c, cursor, most + 1)) <= most
