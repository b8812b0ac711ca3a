"""A desk with a hub that is only a list of what it shows, and agents who work there."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.config import Config, Http
from bot.hub import handlers
from bot.hub.board import HubBoard
from bot.hub.rules import Hub
from channels.sandbox.paper import PaperChannel, said
from desk.agents import accounts
from desk.db.engine import Database
from desk.db.tables import jobs
from desk.events import log
from desk.events.log import Event
from desk.events.reader import follow
from desk.kit.clock import Clock, FrozenClock
from desk.ports.hub import HubCard, HubLine
from desk.ports.inbound import HubSaid
from desk.ports.messages import Sender
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled

ROOM = "room"
CONFIG = Config(http=Http(public_url="http://desk.example"))
ALICE = Sender(address="alice-there", name="Alice")


class PaperHub(PaperChannel):
    """A hub on paper: what it shows is what its lists hold."""

    hubs = {ROOM: ""}  # noqa: RUF012 - the port asks for a mapping

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.cards: dict[str, list[HubCard]] = {}  # by thread, each of its faces
        self.lines: list[HubLine] = []
        self.whispers: list[tuple[str, str]] = []
        self.taken_back: list[str] = []
        self.marks: list[tuple[str, Sequence[str]]] = []
        self.fail_after: list[Exception] = []  # once what was asked for stands there

    async def show_card(self, place: str, card: HubCard, thread: str) -> str:
        thread = thread or f"thread {len(self.cards) + 1}"
        self.cards.setdefault(thread, []).append(card)
        self._fail()
        return thread

    async def find_card(self, place: str, card: HubCard) -> str | None:
        return next((at for at, faces in self.cards.items() if faces[0].key == card.key), None)

    async def say(self, place: str, thread: str, line: HubLine) -> str:
        self.lines.append(line)
        self._fail()
        return f"line-{len(self.lines)}"

    async def find_line(self, place: str, thread: str, line: HubLine) -> str | None:
        keys = [one.key for one in self.lines]
        return f"line-{keys.index(line.key) + 1}" if line.key in keys else None

    async def whisper(self, place: str, thread: str, address: str, words: str) -> None:
        self.whispers.append((address, words))

    def account_link(self, token: str) -> str:
        return token

    async def edit(self, message: object, external_id: str) -> None: ...

    async def take_back(self, external_id: str) -> None:
        self.taken_back.append(external_id)

    async def react(self, external_id: str, emoji: Sequence[str], gone: Sequence[str] = ()) -> None:
        self.marks.append((external_id, emoji))

    def _fail(self) -> None:
        if self.fail_after:
            raise self.fail_after.pop(0)


class Floor:
    """A desk with a hub of paper."""

    def __init__(self, desk: PaperDesk, hub: PaperHub, team: str = "") -> None:
        self.desk = desk
        self.hub = hub
        self.where = Hub(inbox=INBOX, channel="paper", place=ROOM, team=team)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Run recorder, sender, the reader of facts and the board while the context is open."""
        db, clock = self.desk.db, self.desk.clock
        board = HubBoard(db, {INBOX: self.hub}, CONFIG, clock, Random(1))
        handle = partial(_handle, hub=self.where, clock=clock)
        async with self.desk.working():
            tasks = [
                asyncio.create_task(board.run()),
                asyncio.create_task(follow(db, "hub", handle, clock=clock)),
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Return when the hub shows all that happened."""
        await self.desk.until(settled)
        await self.desk.until(lambda c: _has_read(c) and not has_jobs(c))

    async def connect(self) -> None:
        now, db = self.desk.clock.now(), self.desk.db
        token = await db.write(accounts.offer, self.desk.alice, "paper", now=now)
        await db.write(accounts.tie, token, "paper", ALICE.address, "Alice", now=now)

    def said(self) -> list[tuple[str, str]]:
        return [(line.author.kind.value, line.text) for line in self.hub.lines]


def _handle(c: Connection, event: Event, *, hub: Hub, clock: Clock) -> None:
    handlers.on_event(c, event, [hub], now=clock.now())


def _has_read(c: Connection) -> bool:
    cursor = log.load_cursor(c, "hub")
    return cursor is not None and not log.has_news(c, cursor)


def has_jobs(c: Connection) -> bool:
    kinds = jobs.c.kind.in_(["hub", "hub-whisper", "deliver"])
    return c.execute(select(jobs.c.id).where(kinds).limit(1)).first() is not None


@pytest.fixture
async def floor(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[Floor]:
    desk = PaperDesk(database, clock, tmp_path, kind=PaperHub)
    await desk.furnish()
    assert isinstance(desk.channel, PaperHub)
    made = Floor(desk, desk.channel)
    async with made.working():
        yield made


async def case_is_there(floor: Floor, text: str = "My lamp flickers") -> int:
    await floor.desk.arrive("1", said("m1", text))
    await floor.settled()
    return (await floor.desk.cases())[0].id


def words(text: str, *, to_customer: bool, **more: Any) -> HubSaid:
    """Return what Alice wrote in the thread of the first card."""
    where: dict[str, Any] = {
        "external_id": "h1",
        "sender": ALICE,
        "place": ROOM,
        "thread": "thread 1",
    }
    return HubSaid(text=text, to_customer=to_customer, **(where | more))
