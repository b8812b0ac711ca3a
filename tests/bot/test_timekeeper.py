"""What time does by itself: a silent bot loses its case, a resolved one closes."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from channels.sandbox.paper import said
from desk.cases.jobs import take_from_silent_bot
from desk.db.engine import Database
from desk.kit.clock import FrozenClock
from desk.queues.actions import define_inbox
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    await database.write(lambda c: define_inbox(c, INBOX, "paper", "Paper", 1, bot=True))
    async with paper.working():
        await paper.arrive("1", said("m1", "hello?"))
        await paper.until(settled)
        yield paper


async def test_a_bot_that_says_nothing_for_two_minutes_loses_the_case(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    assert await desk.db.write(take_from_silent_bot, now=clock.now()) == 0
    clock.advance(timedelta(minutes=2))
    assert await desk.db.write(take_from_silent_bot, now=clock.now()) == 1
    (case,) = await desk.cases()
    assert not case.with_bot


async def test_a_bot_that_answered_keeps_the_case(desk: PaperDesk, clock: FrozenClock) -> None:
    clock.advance(timedelta(seconds=1))
    await desk.answer(1, "Hello! How can I help?", author="bot", then=None)
    clock.advance(timedelta(minutes=5))
    assert await desk.db.write(take_from_silent_bot, now=clock.now()) == 0
    (case,) = await desk.cases()
    assert case.with_bot
