"""Who is asked how it went, and when: in the record."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from bot.flows import survey
from desk.cases import actions as cases
from desk.cases import merging
from desk.cases.rules import Status
from desk.customers import actions as customers
from desk.db import jobs
from desk.db.engine import Database
from desk.events import actors
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.messages import queries as said
from desk.ports.messages import Automation, InboundMessage
from desk.satisfaction import actions
from desk.satisfaction.rules import TERMS
from desk.satisfaction.tables import ratings
from tests.bot.paper_desk import PaperDesk
from tests.bot.rating_desk import (
    ADA,
    ASKS,
    EVE,
    answer,
    ask_desk,
    asked,
    asking_desk,
    questions,
    read,
    resolve,
    the_rating,
)
from tests.bot.test_recording import settled


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    """A desk on which Ada has asked something and Alice has answered."""
    async with asking_desk(database, clock, tmp_path) as paper:
        yield paper


async def test_a_customer_is_asked_ten_minutes_after_his_case_is_done(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    assert await questions(desk, clock, minutes=9) == []
    assert await questions(desk, clock, minutes=1) == [None]
    row = await desk.db.read(the_rating)
    assert (row.case_id, row.episode, row.agent_id, row.score) == (1, 1, desk.alice, None)
    question = await desk.db.read(said.message, row.message_id)
    assert [one["value"] for one in question.choices] == [f"rating:{n}" for n in range(1, 6)]
    assert (await desk.cases())[0].status == Status.RESOLVED


async def test_a_case_that_goes_on_is_not_asked_about(desk: PaperDesk, clock: FrozenClock) -> None:
    await resolve(desk)
    await read(desk)
    await desk.arrive(
        "2", InboundMessage(external_id="2", sender=ADA, thread="t1", text="No lamp!")
    )
    await desk.until(settled)
    assert await questions(desk, clock, minutes=60) == []
    assert await desk.db.read(lambda c: c.scalar(select(func.count()).select_from(ratings))) == 0


async def test_each_time_a_case_is_done_may_be_asked_about(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await asked(desk, clock)
    clock.advance(timedelta(days=3))
    who = actors.agent(desk.alice)
    await desk.db.write(cases.reopen, 1, "again", actor=who, now=clock.now())
    await answer(desk, 1, "It is on its way again.")
    await resolve(desk)
    every = replace(ASKS, terms=replace(TERMS, once_in_days=0))
    assert await questions(desk, clock) == ["he was asked lately"]
    await desk.db.write(cases.reopen, 1, "again", actor=who, now=clock.now())
    await answer(desk, 1, "And again.")
    await resolve(desk)
    assert await questions(desk, clock, about=every) == [None]
    episodes = select(ratings.c.episode).order_by(ratings.c.id)
    assert await desk.db.read(lambda c: list(c.scalars(episodes))) == [1, 3]


async def test_nobody_is_asked_whom_no_person_answered(desk: PaperDesk, clock: FrozenClock) -> None:
    await ask_desk(desk, "2", EVE)
    await resolve(desk, 2)
    assert await questions(desk, clock) == ["no person answered him"]


async def test_an_answer_of_an_earlier_time_does_not_count(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    clock.advance(timedelta(minutes=1))
    who = actors.agent(desk.alice)
    await desk.db.write(cases.reopen, 1, "again", actor=who, now=clock.now())
    await resolve(desk)
    assert await questions(desk, clock) == ["no person answered him"]


async def test_no_machine_is_asked(desk: PaperDesk, clock: FrozenClock) -> None:
    await ask_desk(desk, "2", EVE, automation=Automation.LIST)
    await resolve(desk, 2)
    assert await questions(desk, clock) != [None]


async def test_who_blocked_us_or_wants_it_not_is_not_asked(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    place = await desk.db.read(said.last_place, 1, None)
    assert place is not None
    now = clock.now()
    await desk.db.write(actions.refuse, place.identity_id, now=now)
    await desk.db.write(actions.refuse, place.identity_id, now=now)  # twice is once
    assert await questions(desk, clock) == ["he does not want to be asked"]
    await ask_desk(desk, "2", EVE)
    await answer(desk, 2, "Hello.")
    await resolve(desk, 2)
    other = await desk.db.read(said.last_place, 2, None)
    assert other is not None
    await desk.db.write(
        customers.set_reachable, other.identity_id, False, "blocked", actor=SYSTEM, now=now
    )
    assert await questions(desk, clock) == ["he cannot be reached"]


async def test_a_merged_case_is_not_asked_about(desk: PaperDesk, clock: FrozenClock) -> None:
    await ask_desk(desk, "2", thread="t9", wants_new_case=True)
    await answer(desk, 2, "Hello.")
    await resolve(desk, 2)
    await read(desk)
    who = actors.agent(desk.alice)
    await desk.db.write(merging.merge, 2, 1, actor=who, now=clock.now())
    assert await questions(desk, clock) in ([], ["the case was merged into another"])


async def test_two_cases_that_end_together_are_one_question(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await ask_desk(desk, "2", thread="t9", wants_new_case=True)
    await answer(desk, 2, "Hello.")
    await resolve(desk, 1)
    await resolve(desk, 2)
    assert sorted(map(str, await questions(desk, clock))) == ["None", "he was asked lately"]


async def test_an_inbox_that_does_not_ask_plans_nothing(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    assert await questions(desk, clock, about=replace(ASKS, inboxes=frozenset())) == []


async def test_cases_of_before_the_upgrade_are_left_alone(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await resolve(desk)
    clock.advance(timedelta(days=2))
    assert await questions(desk, clock) == []


async def test_a_letter_waits_for_working_hours(desk: PaperDesk, clock: FrozenClock) -> None:
    by_mail = replace(ASKS, letters=frozenset({"paper"}))  # Monday 9:00, open 9 to 17
    await resolve(desk)
    await read(desk, by_mail)
    due = await desk.db.read(jobs.next_due, survey.ASK)
    assert due == clock.now() + timedelta(days=2, hours=8)  # 24 h: Wednesday at 17:00
