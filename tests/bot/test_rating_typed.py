"""Who types a digit under the question how it went has pressed that button."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desk.cases.rules import Status
from desk.db.engine import Database
from desk.events import log
from desk.events.facts import ChoiceTaken
from desk.kit.clock import FrozenClock
from desk.messages import queries as said
from desk.ports.messages import Automation, InboundMessage
from desk.ports.messages import Sender as Who
from tests.bot.paper_desk import PaperDesk
from tests.bot.rating_desk import ADA, EVE, asked, asking_desk, kinds, read, the_rating
from tests.bot.test_recording import settled


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    """A desk on which Ada has asked something and Alice has answered."""
    async with asking_desk(database, clock, tmp_path) as paper:
        yield paper


async def types(desk: PaperDesk, key: str, text: str, sender: Who = ADA, **more: Any) -> None:
    """Let somebody write in Ada's conversation."""
    fields = {"thread": "t1", **more}
    message = InboundMessage(external_id=key, sender=sender, text=text, **fields)
    await desk.arrive(key, message)
    await desk.until(settled)
    await read(desk)
    await read(desk)  # what the first time wrote


async def score(desk: PaperDesk) -> int | None:
    found: int | None = (await desk.db.read(the_rating)).score
    return found


async def words(desk: PaperDesk) -> list[str]:
    told = await desk.db.read(said.messages_of, 1)
    return [one.text for one in told if one.author == "customer"]


async def test_a_digit_typed_under_the_question_is_the_press_and_reopens_nothing(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    row = await asked(desk, clock)
    await types(desk, "d1", "4!")
    assert await score(desk) == 4
    (case,) = await desk.cases()
    assert case.status == Status.RESOLVED
    assert (await desk.db.read(said.message, row.message_id)).choices == []
    events = await desk.db.read(log.of_case, 1)
    (choice,) = [one.fact for one in events if isinstance(one.fact, ChoiceTaken)]
    assert (choice.label, choice.message_id) == ("4 🙂", row.message_id)


async def test_the_digit_once_more_changes_nothing_and_another_is_a_message(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await asked(desk, clock)
    await types(desk, "d1", "4")
    await types(desk, "d2", "4")
    assert (await kinds(desk)).count("rating.given") == 1
    assert (await desk.cases())[0].status == Status.RESOLVED
    await types(desk, "d3", "2")
    assert await score(desk) == 4
    assert (await words(desk))[-1] == "2"


@pytest.mark.parametrize(
    "more",
    [
        {"text": "4 lamps are broken"},
        {"text": "4", "sender": EVE},
        {"text": "4", "thread": "t2"},
        {"text": "4", "automation": Automation.AUTO_REPLY},
        {"text": "4", "wants_person": True},
    ],
)
async def test_what_is_more_than_his_digit_there_is_a_message(
    desk: PaperDesk, clock: FrozenClock, more: dict[str, Any]
) -> None:
    await asked(desk, clock)
    await types(desk, "d1", **more)
    assert await score(desk) is None
    assert "rating.given" not in await kinds(desk)
    assert "choice.taken" not in await kinds(desk)


async def test_a_digit_below_anything_else_is_a_message(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await asked(desk, clock)
    await types(desk, "d1", "Wait, it flickers")
    await desk.answer(1, "How many of them?")
    await types(desk, "d2", "4")
    assert await score(desk) is None
    assert (await words(desk))[-1] == "4"


async def test_a_digit_that_comes_too_late_is_a_message(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await asked(desk, clock)
    clock.advance(timedelta(days=15))
    await types(desk, "d1", "4")
    assert await score(desk) is None
    found = await desk.cases()
    assert found[-1].status in (Status.NEW, Status.OPEN)
