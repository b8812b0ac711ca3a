"""What people do in a hub is done once, by whom it may be done, or refused in words."""

from pathlib import Path

import pytest

from channels.sandbox.paper import said
from desk.agents.actions import deactivate
from desk.db.engine import Database
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.ports.inbound import HubPressed
from tests.bot.hub_floor import ALICE, ROOM, Floor, case_is_there, floor, words
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled

__all__ = ["floor"]


async def test_the_same_words_brought_twice_are_one_answer(floor: Floor) -> None:
    await floor.connect()
    await case_is_there(floor)
    said_there = words("Hello", to_customer=True)
    for key in ("2", "3"):
        await floor.desk.arrive(key, said_there, order=key)
        await floor.settled()
    sent = [message["text"] for message in floor.hub.sent]
    assert sent == ["Hello"]
    assert floor.hub.marks == [("h1", ["✅"])]
    assert len(floor.hub.lines) == 1  # his own words stand there already


@pytest.mark.parametrize("value", ["", "nonsense", "-1", "9" * 30])
@pytest.mark.parametrize("action", ["assign", "status", "priority", "snooze"])
async def test_what_no_card_offers_is_refused_in_words(
    floor: Floor, action: str, value: str
) -> None:
    await floor.connect()
    await case_is_there(floor)
    press = HubPressed(
        external_id="p",
        sender=ALICE,
        place=ROOM,
        thread="thread 1",
        action=action,
        value=value,
    )
    await floor.desk.arrive("2", press)
    await floor.settled()
    ((address, words),) = floor.hub.whispers
    assert address == ALICE.address
    assert words.startswith("Not done:")


async def test_an_agent_who_left_does_nothing_any_more(floor: Floor) -> None:
    await floor.connect()
    await case_is_there(floor)
    now = floor.desk.clock.now()
    await floor.desk.db.write(deactivate, floor.desk.alice, actor=SYSTEM, now=now)
    press = HubPressed(external_id="p", sender=ALICE, place=ROOM, thread="thread 1", action="take")
    await floor.desk.arrive("2", press)
    await floor.settled()
    (case,) = await floor.desk.cases()
    assert case.assignee_id is None
    assert "connect this account" in floor.hub.whispers[0][1]


async def test_a_word_in_a_thread_of_no_case_is_not_taken_for_sent(floor: Floor) -> None:
    await floor.connect()
    await case_is_there(floor)
    said_there = words("Hello", to_customer=True, thread="thread 9", marked=True)
    await floor.desk.arrive("2", said_there)
    await floor.settled()
    assert floor.hub.whispers == [(ALICE.address, "Nothing was sent: this is no case's thread.")]


async def test_a_note_does_not_become_an_answer_by_being_changed(floor: Floor) -> None:
    await floor.connect()
    await case_is_there(floor)
    for key, text, to_customer, edits in (
        ("2", "He is lying", False, False),
        ("3", "Sorry to hear", True, True),
    ):
        said_there = words(text, to_customer=to_customer, edits=edits)
        await floor.desk.arrive(key, said_there)
        await floor.settled()
    assert not floor.hub.sent
    assert "stays one" in floor.hub.whispers[0][1]


async def test_where_no_agents_work_nobody_is_told_whose_token_it_is(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path)
    await desk.furnish()
    async with desk.working():
        await desk.arrive("1", said("m1", "Hello", link_token="agent-x"))
        await desk.until(settled)
    assert len(await desk.cases()) == 1
