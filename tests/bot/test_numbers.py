"""The line with a case's number: told by itself, so not to who asked for nothing automatic."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.flows import numbers
from bot.flows.handlers import Flows
from desk.cases import merging
from desk.customers import queries as people
from desk.customers import wishes
from desk.db.engine import Database
from desk.events import actors, log
from desk.events.log import START
from desk.kit.clock import FrozenClock
from desk.messages.queries import messages_of
from desk.ports.messages import InboundMessage, Sender
from knowledge.index import KnowledgeIndex
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled

ADA = Sender(address="ada", name="Ada")


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        yield paper


async def told(desk: PaperDesk) -> list[str]:
    """Let the reader of numbers see every fact, and return what it said in the first case."""
    flows = partial(Flows, index=KnowledgeIndex(), public_url="https://x.example")
    talk = await asyncio.to_thread(flows, numbering={INBOX})

    def unit(c: Connection) -> list[str]:
        for event in log.read(c, START, 500):
            numbers.on_event(c, event, talk=talk, now=desk.clock.now())
        return [one.text for one in messages_of(c, 1) if one.author == "system"]

    return await desk.db.write(unit)


async def writes(desk: PaperDesk, key: str) -> None:
    message = InboundMessage(external_id=key, sender=ADA, thread=f"t{key}", text="My lamp")
    await desk.arrive(key, message, order=key)
    await desk.until(settled)


async def be_quiet(desk: PaperDesk) -> None:
    ada = await desk.db.read(people.find_identity, "paper", "ada")
    assert ada is not None
    await desk.db.write(wishes.be_quiet, ada.id, now=desk.clock.now())


async def test_a_number_is_told_but_not_to_who_asked_for_quiet(desk: PaperDesk) -> None:
    await writes(desk, "1")
    await be_quiet(desk)
    assert await told(desk) == []


async def test_a_merge_is_told_but_not_to_who_asked_for_quiet(desk: PaperDesk) -> None:
    await writes(desk, "1")
    await writes(desk, "2")
    assert await told(desk) == ["Your case is #1001."]
    await be_quiet(desk)
    who, now = actors.agent(desk.alice), desk.clock.now()
    await desk.db.write(merging.merge, 2, 1, actor=who, now=now)
    assert not any("goes on" in line for line in await told(desk))
