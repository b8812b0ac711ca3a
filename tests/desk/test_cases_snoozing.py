"""Cases put away: gone from the lists, back at their time or when the customer writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.held import SnoozedCases
from desk.agents.actions import set_presence
from desk.agents.rules import Presence
from desk.cases import actions, queries, snoozing
from desk.cases.rules import Status
from desk.db.engine import Database
from desk.events.actors import agent
from desk.kit.clock import FrozenClock
from desk.kit.errors import Conflict, Invalid
from desk.ports.messages import InboundMessage, Sender
from desk.web import workspace_queries as lists
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled

HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        await say(paper, "1", "My lamp flickers")
        yield paper


async def say(desk: PaperDesk, key: str, text: str) -> None:
    ada = Sender(address="ada@example.org")
    await desk.arrive(key, InboundMessage(external_id=key, sender=ada, thread="t", text=text))
    await desk.until(settled)


async def put_away(desk: PaperDesk, after: timedelta = HOUR, *, keeps: bool = False) -> None:
    who, now = agent(desk.alice), desk.clock.now()
    await desk.db.write(snoozing.snooze, 1, now + after, keeps=keeps, actor=who, now=now)


async def listed(desk: PaperDesk, view: str) -> list[int]:
    page, _ = await desk.db.read(lists.page, view, desk.alice, None, desk.clock.now())
    return [row.case.number for row in page.items]


@asynccontextmanager
async def waking(desk: PaperDesk) -> AsyncIterator[None]:
    """Let cases wake while the context is open."""
    task = asyncio.create_task(SnoozedCases(desk.db, desk.clock).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def woken(desk: PaperDesk) -> None:
    async with waking(desk):
        await desk.until(lambda c: queries.by_id(c, 1).snoozed_until is None)


async def test_what_is_put_away_stands_in_its_own_list_until_its_time(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    assert (await listed(desk, "unassigned"), await listed(desk, "snoozed")) == ([1001], [])
    await put_away(desk)
    assert (await listed(desk, "unassigned"), await listed(desk, "snoozed")) == ([], [1001])
    assert await listed(desk, "all") == [1001]
    clock.advance(HOUR)
    await woken(desk)
    assert (await listed(desk, "unassigned"), await listed(desk, "snoozed")) == ([1001], [])
    kinds = [getattr(line, "kind", "") for line in (await desk.detail()).timeline]
    assert kinds[-2:] == ["case.snoozed", "case.woke"]


async def test_a_customers_word_brings_it_back_unless_it_is_to_stay(desk: PaperDesk) -> None:
    await put_away(desk)
    await say(desk, "2", "Hello?")
    assert (await desk.detail()).case.snoozed_until is None
    await put_away(desk, keeps=True)
    await say(desk, "3", "Hello??")
    assert (await desk.detail()).case.snoozed_until is not None


async def test_a_new_time_counts_and_the_old_one_wakes_nobody(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await put_away(desk, HOUR)
    await put_away(desk, 3 * HOUR)
    clock.advance(HOUR)
    async with waking(desk):
        await asyncio.sleep(0.2)
    assert await listed(desk, "snoozed") == [1001]
    clock.advance(2 * HOUR)
    await woken(desk)


@pytest.mark.parametrize(("presence", "owner"), [("online", "Alice"), ("away", None)])
async def test_a_waiting_case_wakes_open_with_its_owner_if_he_is_here(
    desk: PaperDesk, clock: FrozenClock, presence: str, owner: str | None
) -> None:
    await desk.answer(1, "We look into it")
    await put_away(desk)
    who = agent(desk.alice)
    here = Presence(presence)
    await desk.db.write(set_presence, desk.alice, here, "", actor=who, now=clock.now())
    clock.advance(2 * HOUR)
    await woken(desk)
    case = (await desk.detail()).case
    assert (case.status, case.assignee_name) == ("open", owner)


async def test_what_cannot_be_put_away_says_why(desk: PaperDesk) -> None:
    with pytest.raises(Invalid, match="passed already"):
        await put_away(desk, -HOUR)
    with pytest.raises(Invalid, match="a year at most"):
        await put_away(desk, timedelta(days=400))
    who, now = agent(desk.alice), desk.clock.now()
    await put_away(desk)
    await desk.db.write(actions.set_status, 1, Status.RESOLVED, actor=who, now=now)
    assert (await desk.detail()).case.snoozed_until is None
    with pytest.raises(Conflict, match="done"):
        await put_away(desk)
