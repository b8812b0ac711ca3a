"""A desk whose customers write on paper: recorder and sender on a real database, one channel."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection

from bot import setup
from bot.config import Config
from bot.doors import InboxDoor
from bot.files import FolderBlobs
from bot.health import HealthBoard
from bot.inbound import Patience, Recorder
from bot.outbound import Sender
from channels.sandbox.paper import PaperChannel, PaperSettings, payload
from desk.agents.actions import AgentDraft, create_agent
from desk.cases import queries, talk, timeline
from desk.cases.queries import CaseRow, Filter
from desk.cases.rules import Status
from desk.cases.timeline import CaseDetail
from desk.db.engine import Database
from desk.events.actors import SYSTEM, agent
from desk.kit.clock import Clock
from desk.ports.channel import Accepted, Arrival, ChannelKit
from desk.ports.inbound import Inbound
from desk.queues import queries as queues
from desk.queues.actions import define_inbox

INBOX = "paper"


def furnish(c: Connection, now: datetime) -> None:
    """Make a desk with the default queue and one inbox, of a channel no config.yaml knows."""
    setup.apply(c, Config(), now=now)
    (queue, *_) = queues.list_queues(c)
    define_inbox(c, INBOX, "paper", "Paper", queue.id, bot=False)


class PaperDesk:
    """One inbox, one agent called Alice, and the two workers between record and network."""

    recorders = 4
    patience = Patience()

    def __init__(
        self,
        db: Database,
        clock: Clock,
        folder: Path,
        kind: type[PaperChannel] = PaperChannel,
    ) -> None:
        self.db = db
        self.clock = clock
        kit = ChannelKit(clock=clock, secret="secret", public_url="http://desk.example")
        self.channel = kind(INBOX, PaperSettings(folder=str(folder)), kit)
        self.health = HealthBoard(db, clock)
        self.blobs = FolderBlobs(folder / "files")
        self.door = InboxDoor(INBOX, db, self.blobs, clock, self.health.report)
        channels = {INBOX: self.channel}
        self.recorder = Recorder(db, channels, self.blobs, clock, self.patience)
        self.sender = Sender(db, channels, clock, self.health, Random(1))
        self.alice = 0

    async def furnish(self) -> None:
        """Make queue, inbox and Alice."""
        await self.db.write(furnish, self.clock.now())
        draft = AgentDraft(email="alice@desk.example", name="Alice")
        self.alice = await self.db.write(create_agent, draft, actor=SYSTEM, now=self.clock.now())

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Run recorder and sender while the context is open."""
        tasks = [
            asyncio.create_task(self.recorder.run(self.recorders)),
            asyncio.create_task(self.sender.run(4)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def arrive(self, key: str, *things: Inbound, order: str = "t1") -> Accepted:
        """Hand one payload in, as an ingress does."""
        arrival = Arrival(dedupe_key=key, order_key=order, raw=payload(*things))
        return (await self.door.accept([arrival]))[0]

    async def arrive_raw(self, key: str, raw: bytes, order: str = "t1") -> None:
        """Hand in bytes that may be anything."""
        await self.door.accept([Arrival(dedupe_key=key, order_key=order, raw=raw)])

    async def answer(self, case_id: int, text: str, **more: Any) -> int:
        """Let Alice write to the customer."""
        words = talk.Reply(text=text, html=f"<p>{text}</p>", **more)
        who = agent(self.alice)
        return await self.db.write(talk.reply, case_id, words, actor=who, now=self.clock.now())

    async def cases(self) -> list[CaseRow]:
        """Return every case, oldest first."""
        rows = await self.db.read(queries.list_cases, Filter(statuses=tuple(Status)))
        return sorted(rows, key=lambda row: row.id)

    async def detail(self, number: int = 1001) -> CaseDetail:
        """Return one case whole."""
        return await self.db.read(timeline.show, number)

    async def until(self, look: Callable[[Connection], Any], timeout_s: float = 10.0) -> Any:
        """Return what `look` returns as soon as it is true; looks after every commit."""
        bell = self.db.wake.listener()
        async with asyncio.timeout(timeout_s):
            while not (found := await self.db.read(look)):
                await bell.wait(0.5)
        return found
