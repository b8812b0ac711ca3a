"""Two processes on PostgreSQL meet over one message, one case, one customer: one of them waits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.util import await_only

from channels.sandbox.paper import said
from desk.cases import actions, people, talk
from desk.cases.jobs import close_resolved
from desk.cases.rules import Status
from desk.customers import actions as customers
from desk.customers.tables import identities
from desk.db.engine import Database
from desk.db.open import open_database
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.kit.errors import Conflict
from desk.messages import actions as messages
from desk.messages.actions import Place
from desk.ports.messages import InboundMessage, Sender
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled, texts

ADA = Sender(address="ada", name="Ada")
HERE = Place(case_id=1, identity_id=1, inbox=INBOX, channel="paper", thread="t1")


@pytest.fixture
async def db(postgresql_url: str) -> AsyncIterator[Database]:
    opened = open_database(postgresql_url, connections=8)
    yield opened
    await opened.close()


@pytest.fixture
async def desk(db: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(db, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        await paper.arrive("1", said("m1", "hello"))
        await paper.until(settled)
        yield paper


class Slow:
    """A unit that has done its work and does not commit before it is told to."""

    def __init__(self, db: Database, unit: Callable[[Connection], Any]) -> None:
        self.done, self.go = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(db.write(self._run, unit))

    def _run(self, c: Connection, unit: Callable[[Connection], Any]) -> Any:
        found = unit(c)
        self.done.set()
        await_only(self.go.wait())
        return found

    async def beside(self, other: Any) -> Any:
        """Commit while `other` runs, and return what became of it."""
        await self.done.wait()
        task = asyncio.create_task(other)
        await asyncio.sleep(0.05)
        self.go.set()
        await self.task
        return (await asyncio.gather(task, return_exceptions=True))[0]


async def test_one_message_by_two_ways_at_once_is_stored_once(desk: PaperDesk) -> None:
    now = desk.clock.now()

    def receive(c: Connection, message: InboundMessage) -> int:
        return messages.receive(c, message, HERE, (), arrival_id=None, now=now)

    same = said("m2", "once")
    slow = Slow(desk.db, lambda c: receive(c, same))
    outcome = await slow.beside(desk.db.write(receive, same))
    assert isinstance(outcome, Conflict)  # the runner tries again, and then finds it
    assert texts((await desk.detail()).timeline) == ["hello", "once"]


async def test_a_message_for_a_case_that_is_being_closed_is_looked_at_again(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    now = clock.now()
    await desk.db.write(actions.set_status, 1, Status.RESOLVED, actor=SYSTEM, now=now)
    later = now + timedelta(days=5)
    slow = Slow(desk.db, lambda c: close_resolved(c, now=later))

    def take_in(c: Connection) -> int:
        message = said("m2", "not quite")
        return talk.take_in(c, message, HERE, (), actor=SYSTEM, arrival_id=None, now=later)

    assert isinstance(await slow.beside(desk.db.write(take_in)), Conflict)


async def test_a_message_during_a_merge_belongs_to_the_record_that_is_left(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    bea = Sender(address="bea", name="Bea")
    await desk.arrive("2", said("m2", "hi", sender=bea, thread="t2"), order="t2")
    await desk.until(settled)
    now = clock.now()

    def customer_of(c: Connection, address: str) -> int:
        query = select(identities.c.customer_id).where(identities.c.address == address)
        return int(c.execute(query).scalar_one())

    kept = await desk.db.read(customer_of, "ada")
    merged = await desk.db.read(customer_of, "bea")
    slow = Slow(
        desk.db, lambda c: people.merge(c, kept, merged, proof="hand", actor=SYSTEM, now=now)
    )
    identify = desk.db.write(customers.identify, "paper", bea, actor=SYSTEM, now=now)
    assert (await slow.beside(identify)).customer_id == kept


async def test_one_key_in_two_answers_at_once_is_one_answer(desk: PaperDesk) -> None:
    await desk.arrive("2", said("m2", "hi", sender=Sender(address="bea"), thread="t2"), order="t2")
    await desk.until(settled)
    now = desk.clock.now()

    def reply(c: Connection, case_id: int) -> int:
        words = talk.Reply(text="hello", html="<p>hello</p>", client_id="c1", author="bot")
        return talk.reply(c, case_id, words, actor=SYSTEM, now=now)

    slow = Slow(desk.db, lambda c: reply(c, 1))
    same = await slow.beside(desk.db.write(reply, 1))
    assert same == await slow.task
    other = Slow(desk.db, lambda c: c.execute(select(1)).scalar())
    assert isinstance(await other.beside(desk.db.write(reply, 2)), Conflict)


async def test_many_strangers_at_once_get_numbers_without_a_gap(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    for n in range(20):
        who = Sender(address=f"visitor {n % 10}")
        await desk.arrive(f"a{n}", said(f"n{n}", "hi", sender=who, thread=f"v{n}"), order=f"v{n}")
    for _ in range(40):
        await asyncio.sleep(0.05)
        clock.advance(timedelta(seconds=1))  # who lost a race waits a second
        desk.db.wake.ring()
        if await desk.db.read(settled):
            break
    cases = await desk.cases()
    assert sorted(case.number for case in cases) == list(range(1001, 1022))
    assert len({case.customer_id for case in cases}) == 11
