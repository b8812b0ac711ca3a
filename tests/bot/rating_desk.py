"""A desk of paper that asks its customers how it went: Ada asked something, Alice answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, select

from bot.flows import survey
from bot.flows.phrasebook import all_words
from bot.flows.survey import Survey
from bot.outbound import Sender
from channels.sandbox.paper import PaperChannel
from desk.cases import actions as cases
from desk.cases.rules import Status
from desk.db import jobs
from desk.db.engine import Database
from desk.events import actors, log
from desk.events.log import START
from desk.kit.clock import FrozenClock
from desk.messages import queries as said
from desk.ports.messages import ButtonPressed, InboundMessage
from desk.ports.messages import Sender as Who
from desk.satisfaction.tables import ratings
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled

all_words()  # read before a loop runs, as the program does
ADA = Who(address="ada", name="Ada")
EVE = Who(address="eve", name="Eve")
ASKS = Survey(
    inboxes=frozenset({INBOX}),
    changing=frozenset({PaperChannel.kind}),
    public_url="https://desk.example",
    secret="secret",
)


@asynccontextmanager
async def asking_desk(
    database: Database, clock: FrozenClock, folder: Path
) -> AsyncIterator[PaperDesk]:
    """A desk on which Ada has asked something and Alice has answered."""
    paper = PaperDesk(database, clock, folder)
    await paper.furnish()
    channels, dress = {INBOX: paper.channel}, partial(survey.dressed, survey=ASKS)
    paper.sender = Sender(database, channels, clock, paper.health, Random(1), "Parley", dress)
    async with paper.working():
        await ask_desk(paper, "1")
        await answer(paper, 1, "It comes on Monday.")
        yield paper


async def answer(desk: PaperDesk, case_id: int, words: str) -> None:
    """Let Alice answer and her words arrive."""
    message_id = await desk.answer(case_id, words)
    await desk.until(lambda c: said.message(c, message_id).state == "accepted")


async def ask_desk(desk: PaperDesk, key: str, sender: Who = ADA, **more: Any) -> None:
    fields = {"text": "Where is my lamp?", "thread": f"t{key}", **more}
    message = InboundMessage(external_id=key, sender=sender, **fields)
    await desk.arrive(key, message, order=f"t{key}")
    await desk.until(settled)


async def resolve(desk: PaperDesk, case_id: int = 1) -> None:
    who, now = actors.agent(desk.alice), desk.clock.now()
    await desk.db.write(cases.set_status, case_id, Status.RESOLVED, actor=who, now=now)


async def read(desk: PaperDesk, about: Survey = ASKS) -> None:
    """Let the reader of ratings see every fact once, as far as it has not."""

    def unit(c: Connection) -> None:
        cursor = log.load_cursor(c, "ratings") or START
        while batch := log.read(c, cursor, 100):
            for event in batch:
                survey.on_event(c, event, survey=about, now=desk.clock.now())
                cursor = event.cursor
        log.save_cursor(c, "ratings", cursor)

    await desk.db.write(unit)


async def questions(
    desk: PaperDesk, clock: FrozenClock, minutes: float = 10, about: Survey = ASKS
) -> list[str | None]:
    """Let time pass and ask what is due; return for each why nobody was asked, if so."""
    await read(desk, about)
    clock.advance(timedelta(minutes=minutes))
    lease = timedelta(seconds=30)

    def unit(c: Connection) -> list[str | None]:
        due = jobs.claim(c, survey.ASK, limit=9, lease=lease, now=clock.now())
        return [survey.ask(c, job, about, now=clock.now()) for job in due]

    return await desk.db.write(unit)


def the_rating(c: Connection) -> Any:
    return c.execute(select(ratings)).one()


async def asked(desk: PaperDesk, clock: FrozenClock) -> Any:
    """Let Ada be asked, the question arrive, and return the rating."""
    await resolve(desk)
    assert await questions(desk, clock) == [None]
    row = await desk.db.read(the_rating)
    await desk.until(lambda c: said.message(c, row.message_id).state == "accepted")
    return row


async def press(desk: PaperDesk, value: str, sender: Who = ADA, key: str = "p1") -> None:
    row = await desk.db.read(the_rating)

    def network_id(c: Connection) -> str | None:
        return next(iter(said.thread_ids(c, row.case_id, INBOX)[-1:]), None)

    source = await desk.db.read(network_id)
    what = ButtonPressed(
        external_id=key, source_external_id=source, sender=sender, thread="t1", value=value
    )
    await desk.arrive(key, what)
    await desk.until(settled)
    await read(desk)


async def kinds(desk: PaperDesk, case_id: int = 1) -> list[str]:
    return [event.kind for event in await desk.db.read(log.of_case, case_id)]
