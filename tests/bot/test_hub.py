"""Cards and lines in a hub that is a list: each once, in order, whatever dies; both engines."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from bot.hub import digest
from bot.hub.rules import Hub
from bot.hub.tables import hub_cards, hub_lines
from channels.sandbox.paper import said
from desk.agents.actions import create_team
from desk.arrivals.tables import arrivals
from desk.cases import actions as cases
from desk.cases import talk
from desk.customers import erasing
from desk.db.engine import Database
from desk.db.tables import jobs
from desk.events import log
from desk.events.actors import SYSTEM, agent
from desk.events.facts import SlaBreached
from desk.events.people import CustomerErased
from desk.kit.clock import FrozenClock
from desk.kit.errors import ChannelBusy, Refusal, Undeliverable
from desk.messages.actions import NoteDraft
from desk.messages.queries import messages_of
from desk.notices import actions as notices
from desk.notices.queries import Wishes
from desk.ports.inbound import HubPressed
from desk.ports.messages import Sender
from desk.queues import queries as queues
from desk.queues.actions import define_inbox, define_queue, serve
from tests.bot.hub_floor import ALICE, ROOM, Floor, PaperHub, case_is_there, floor, has_jobs, words
from tests.bot.paper_desk import INBOX, PaperDesk

__all__ = ["floor"]


async def test_a_case_gets_one_card_and_each_word_is_said_once_in_order(floor: Floor) -> None:
    case_id = await case_is_there(floor)
    await floor.desk.answer(case_id, "Which **one**?")
    note = NoteDraft(case_id=case_id, text="He has two.", html="<p>He has two.</p>")
    now = floor.desk.clock.now()
    await floor.desk.db.write(talk.note, note, actor=agent(floor.desk.alice), now=now)
    await floor.desk.arrive("2", said("m2", "The red one"))
    await floor.settled()
    assert floor.said() == [
        ("customer", "My lamp flickers"),
        ("agent", "Which **one**?"),
        ("agent", "He has two."),
        ("customer", "The red one"),
    ]
    assert [line.note for line in floor.hub.lines] == [False, False, True, False]
    (faces,) = floor.hub.cards.values()
    assert (faces[0].status, faces[-1].status) == ("new", "open")
    assert faces[-1].assignee is not None


@pytest.mark.parametrize("trouble", [ChannelBusy("away", 0.0), OSError("died")])
async def test_what_arrived_though_nobody_said_so_is_not_shown_again(
    floor: Floor, trouble: Exception
) -> None:
    floor.hub.fail_after = [trouble, trouble]
    await floor.desk.arrive("1", said("m1", "My lamp flickers"))
    while not await floor.desk.db.read(_all_shown):
        floor.desk.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)
    assert len(floor.hub.cards) == 1
    assert len(floor.hub.lines) == 1


def _all_shown(c: Connection) -> bool:
    states = list(c.scalars(select(hub_lines.c.state)))
    return bool(states) and set(states) == {"shown"} and not has_jobs(c)


async def test_a_card_that_is_no_more_is_put_up_anew(floor: Floor) -> None:
    case_id = await case_is_there(floor)
    floor.hub.fail_after = [Undeliverable("gone", Refusal.CONTEXT)]
    await floor.desk.answer(case_id, "Hello")
    while len(floor.hub.cards) < 2:
        floor.desk.clock.advance(timedelta(seconds=10))  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)
    cards = await floor.desk.db.read(lambda c: c.execute(select(hub_cards)).all())
    assert len(cards) == 1


async def test_a_case_with_the_bot_comes_only_when_people_get_it(floor: Floor) -> None:
    def with_bot(c: Connection) -> None:
        (queue, *_) = queues.list_queues(c)
        define_inbox(c, INBOX, "paper", "Paper", queue.id, bot=True)

    await floor.desk.db.write(with_bot)
    case_id = await case_is_there(floor)
    assert not floor.hub.cards
    now = floor.desk.clock.now()
    await floor.desk.db.write(cases.hand_off, case_id, "asked", actor=SYSTEM, now=now)
    await floor.settled()
    assert floor.said() == [("customer", "My lamp flickers")]


async def test_another_teams_cases_stay_away(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path, kind=PaperHub)
    await desk.furnish()
    assert isinstance(desk.channel, PaperHub)
    made = Floor(desk, desk.channel, team="Billing")

    def split(c: Connection) -> None:
        create_team(c, "Billing")
        (queue, *_) = queues.list_queues(c)
        serve(c, queue.id, [create_team(c, "Lamps")])

    await database.write(split)
    async with made.working():
        await case_is_there(made)
        assert not made.hub.cards


async def test_who_has_quiet_hours_is_not_called(floor: Floor) -> None:
    await floor.connect()
    case_id = await case_is_there(floor)
    now, db = floor.desk.clock.now(), floor.desk.db
    await db.write(cases.assign, case_id, floor.desk.alice, actor=SYSTEM, now=now)
    late = SlaBreached(clock_id=1, metric="first_response", due_at=now)
    await db.write(log.append, late, now=now, actor=SYSTEM, case_id=case_id)
    await floor.settled()
    called = floor.hub.lines[-1]
    assert (called.call, called.call_group) == ((ALICE.address,), True)
    wishes = Wishes(quiet_from="00:00", quiet_to="23:59")
    await db.write(notices.wish, floor.desk.alice, wishes)
    again = SlaBreached(clock_id=1, metric="resolution", due_at=now)
    await db.write(log.append, again, now=now, actor=SYSTEM, case_id=case_id)
    await floor.settled()
    assert not floor.hub.lines[-1].call


async def test_a_card_shows_again_after_a_choice_that_was_refused(floor: Floor) -> None:
    await floor.connect()
    await case_is_there(floor)
    faces = floor.hub.cards["thread 1"]
    before = len(faces)
    stranger = Sender(address="stranger", name="Mallory")
    for key, sender, action in (("2", ALICE, "command"), ("3", stranger, "take")):
        press = HubPressed(
            external_id=key,
            sender=sender,
            place=ROOM,
            thread="thread 1",
            action=action,
            value="/x",
        )
        await floor.desk.arrive(key, press, order=key)
        await floor.settled()
    assert faces[before:] == [faces[-1], faces[-1]]
    assert "/x means nothing here" in floor.hub.whispers[0][1]


async def test_an_answer_changed_in_the_hub_is_not_repeated_there_and_never_becomes_a_note(
    floor: Floor,
) -> None:
    await floor.connect()
    await case_is_there(floor)
    said_there = words("On Monady", to_customer=True)
    better = replace(said_there, text="On Monday", edits=True)
    secret = replace(better, text="he is impossible", to_customer=False)
    for key, told in (("2", said_there), ("3", better), ("4", secret)):
        await floor.desk.arrive(key, told, order=key)
        await floor.settled()
    case = (await floor.desk.cases())[0]
    record = await floor.desk.db.read(messages_of, case.id)
    assert [one.text for one in record] == ["My lamp flickers", "On Monday"]
    assert len(floor.hub.lines) == 1  # the question
    assert "cannot become a note" in floor.hub.whispers[0][1]


async def test_what_a_hub_showed_of_an_erased_customer_is_taken_back(floor: Floor) -> None:
    case_id = await case_is_there(floor)
    note = words("Lives at Rosenweg 17", to_customer=False)
    await floor.desk.arrive("2", note)
    await floor.desk.answer(case_id, "Hello")
    await floor.settled()
    customer_id = (await floor.desk.cases())[0].customer_id

    def erase(c: Connection) -> None:
        erasing.erase(c, erasing.person(c, customer_id))
        now = floor.desk.clock.now()
        log.append(c, CustomerErased(counts={}), now=now, actor=SYSTEM, customer_id=customer_id)

    await floor.desk.db.write(erase)
    await floor.settled()
    assert floor.hub.taken_back == ["line-1", "line-2"]
    (faces,) = floor.hub.cards.values()
    assert faces[-1].customer == erasing.NAME
    payloads = await floor.desk.db.read(lambda c: c.scalars(select(arrivals.c.raw)).all())
    assert not any(b"Rosenweg" in raw for raw in payloads)


def mornings(floor: Floor) -> list[str]:
    return [line.text for line in floor.hub.lines if line.text.startswith("☀️")]


async def test_each_open_morning_a_hub_hears_once_what_waits(floor: Floor) -> None:
    await case_is_there(floor)
    clock = floor.desk.clock
    assert isinstance(clock, FrozenClock)
    clock.move_to(datetime(2026, 3, 27, 7, 59, tzinfo=UTC))  # a Friday
    await floor.desk.db.write(plan_anew, clock.now())
    for day, heard in ((0, 1), (0, 1), (1, 1), (2, 1), (3, 2)):
        clock.move_to(datetime(2026, 3, 27, 8, 1, tzinfo=UTC) + timedelta(days=day))
        await floor.desk.until(partial(_is_planned_after, now=clock.now()))
        assert len(mornings(floor)) == heard
    assert "1 open" in mornings(floor)[0]
    assert "[#1001](http://desk.example/workspace/1001)" in mornings(floor)[0]


def plan_anew(c: Connection, now: datetime) -> None:
    c.execute(jobs.delete().where(jobs.c.kind == digest.DIGEST))
    hub = Hub(inbox=INBOX, channel="paper", place=ROOM)
    digest.plan(c, [hub], time(8), now=now)


def _is_planned_after(c: Connection, now: datetime) -> bool:
    due = c.scalar(select(jobs.c.due_at).where(jobs.c.kind == digest.DIGEST))
    return due is not None and due > now


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 3, 28, 6, 59, tzinfo=UTC), datetime(2026, 3, 28, 7, tzinfo=UTC)),
        (datetime(2026, 3, 28, 7, 0, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
    ],
)
def test_a_morning_is_by_the_wall_clock(now: datetime, due: datetime) -> None:
    assert digest.next_morning(now, time(8), ZoneInfo("Europe/Paris")) == due


async def test_a_line_that_the_network_refuses_keeps_no_other_away(floor: Floor) -> None:
    case_id = await case_is_there(floor)
    odd = Undeliverable("It has odd blocks.", Refusal.CONTENT)
    floor.hub.fail_after = [odd, odd]  # the card, the line
    await floor.desk.answer(case_id, "Odd")
    await floor.settled()
    await floor.desk.arrive("2", said("m2", "I smell smoke"))
    await floor.settled()
    shown = [text for _, text in floor.said()]
    assert shown[-1] == "I smell smoke"
    assert "It has odd blocks." in shown[-2]


async def test_a_place_that_is_gone_is_tried_again_only_when_something_happens(
    floor: Floor,
) -> None:
    floor.hub.fail_after = [Undeliverable("archived", Refusal.GONE)]
    await floor.desk.arrive("1", said("m1", "My lamp flickers"))
    await floor.settled()
    assert not floor.hub.lines
    await floor.desk.arrive("2", said("m2", "Hello?"))
    await floor.settled()
    assert [text for _, text in floor.said()] == ["My lamp flickers", "Hello?"]


async def test_a_hub_hears_no_word_of_a_case_that_another_team_has_now(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path, kind=PaperHub)
    await desk.furnish()
    assert isinstance(desk.channel, PaperHub)
    made = Floor(desk, desk.channel, team="Lamps")

    def split(c: Connection) -> int:
        (queue, *_) = queues.list_queues(c)
        serve(c, queue.id, [create_team(c, "Lamps")])
        other = define_queue(c, "hr", "HR", None, now=clock.now())
        serve(c, other, [create_team(c, "HR")])
        return other

    other = await database.write(split)
    async with made.working():
        case_id = await case_is_there(made)
        await database.write(cases.transfer, case_id, other, actor=SYSTEM, now=clock.now())
        note = NoteDraft(case_id=case_id, text="HR only", html="<p>HR only</p>")
        await database.write(talk.note, note, actor=agent(desk.alice), now=clock.now())
        await made.settled()
        assert made.said() == [("customer", "My lamp flickers")]
        (faces,) = made.hub.cards.values()
        assert faces[-1].queue == "HR"
