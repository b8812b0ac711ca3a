"""Cards and lines in a hub that is a list: each once, in order, whatever dies; both engines."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from bot.hub import handlers
from bot.hub.board import HubBoard
from bot.hub.rules import Hub
from bot.hub.tables import hub_cards, hub_lines
from channels.sandbox.paper import PaperChannel, said
from desk.agents import accounts
from desk.agents.actions import create_team, deactivate
from desk.cases import actions as cases
from desk.cases import talk
from desk.customers import erasing
from desk.db.engine import Database
from desk.db.tables import jobs
from desk.events import log
from desk.events.actors import SYSTEM, agent
from desk.events.facts import SlaBreached
from desk.events.log import Event
from desk.events.people import CustomerErased
from desk.events.reader import follow
from desk.kit.clock import Clock, FrozenClock
from desk.kit.errors import ChannelBusy, Refusal, Undeliverable
from desk.messages.actions import NoteDraft
from desk.messages.queries import messages_of
from desk.notices import actions as notices
from desk.notices.queries import Wishes
from desk.ports.hub import HubCard, HubLine
from desk.ports.inbound import HubPressed, HubSaid
from desk.ports.messages import Sender
from desk.queues import queries as queues
from desk.queues.actions import define_inbox, serve
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled

ROOM = "room"
ALICE = Sender(address="alice-there", name="Alice")


class PaperHub(PaperChannel):
    """A hub on paper: what it shows is what its lists hold."""

    hubs = {ROOM: ""}  # noqa: RUF012 - the port asks for a mapping

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.cards: dict[str, list[HubCard]] = {}  # by thread, each of its faces
        self.lines: list[HubLine] = []
        self.whispers: list[tuple[str, str]] = []
        self.taken_back: list[str] = []
        self.marks: list[tuple[str, Sequence[str]]] = []
        self.fail_after: list[Exception] = []  # once what was asked for stands there

    async def show_card(self, place: str, card: HubCard, thread: str) -> str:
        thread = thread or f"thread {len(self.cards) + 1}"
        self.cards.setdefault(thread, []).append(card)
        self._fail()
        return thread

    async def find_card(self, place: str, card: HubCard) -> str | None:
        return next((at for at, faces in self.cards.items() if faces[0].key == card.key), None)

    async def say(self, place: str, thread: str, line: HubLine) -> str:
        self.lines.append(line)
        self._fail()
        return f"line-{len(self.lines)}"

    async def find_line(self, place: str, thread: str, line: HubLine) -> str | None:
        keys = [one.key for one in self.lines]
        return f"line-{keys.index(line.key) + 1}" if line.key in keys else None

    async def whisper(self, place: str, thread: str, address: str, words: str) -> None:
        self.whispers.append((address, words))

    def account_link(self, token: str) -> str:
        return token

    async def edit(self, message: object, external_id: str) -> None: ...

    async def take_back(self, external_id: str) -> None:
        self.taken_back.append(external_id)

    async def react(self, external_id: str, emoji: Sequence[str], gone: Sequence[str] = ()) -> None:
        self.marks.append((external_id, emoji))

    def _fail(self) -> None:
        if self.fail_after:
            raise self.fail_after.pop(0)


class Floor:
    """A desk with a hub of paper."""

    def __init__(self, desk: PaperDesk, hub: PaperHub, team: str = "") -> None:
        self.desk = desk
        self.hub = hub
        self.where = Hub(inbox=INBOX, channel="paper", place=ROOM, team=team)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Run recorder, sender, the reader of facts and the board while the context is open."""
        db, clock = self.desk.db, self.desk.clock
        board = HubBoard(db, {INBOX: self.hub}, "http://desk.example", clock, Random(1))
        handle = partial(_handle, hub=self.where, clock=clock)
        async with self.desk.working():
            tasks = [
                asyncio.create_task(board.run()),
                asyncio.create_task(follow(db, "hub", handle, clock=clock)),
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Return when the hub shows all that happened."""
        await self.desk.until(settled)
        await self.desk.until(lambda c: _has_read(c) and not _has_jobs(c))

    async def connect(self) -> None:
        now, db = self.desk.clock.now(), self.desk.db
        token = await db.write(accounts.offer, self.desk.alice, "paper", now=now)
        await db.write(accounts.tie, token, "paper", ALICE.address, "Alice", now=now)

    def said(self) -> list[tuple[str, str]]:
        return [(line.author.kind.value, line.text) for line in self.hub.lines]


def _handle(c: Connection, event: Event, *, hub: Hub, clock: Clock) -> None:
    handlers.on_event(c, event, [hub], now=clock.now())


def _has_read(c: Connection) -> bool:
    cursor = log.load_cursor(c, "hub")
    return cursor is not None and not log.has_news(c, cursor)


def _has_jobs(c: Connection) -> bool:
    kinds = jobs.c.kind.in_(["hub", "hub-whisper", "deliver"])
    return c.execute(select(jobs.c.id).where(kinds).limit(1)).first() is not None


@pytest.fixture
async def floor(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[Floor]:
    desk = PaperDesk(database, clock, tmp_path, kind=PaperHub)
    await desk.furnish()
    assert isinstance(desk.channel, PaperHub)
    made = Floor(desk, desk.channel)
    async with made.working():
        yield made


async def case_is_there(floor: Floor, text: str = "My lamp flickers") -> int:
    await floor.desk.arrive("1", said("m1", text))
    await floor.settled()
    return (await floor.desk.cases())[0].id


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
    return bool(states) and set(states) == {"shown"} and not _has_jobs(c)


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


async def test_the_same_words_brought_twice_are_one_answer(floor: Floor) -> None:
    await floor.connect()
    await case_is_there(floor)
    words = HubSaid(
        external_id="h1",
        sender=ALICE,
        place=ROOM,
        thread="thread 1",
        text="Hello",
        to_customer=True,
    )
    for key in ("2", "3"):
        await floor.desk.arrive(key, words, order=key)
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
    words = HubSaid(
        external_id="h1",
        sender=ALICE,
        place=ROOM,
        thread="thread 1",
        text="On Monady",
        to_customer=True,
    )
    better = replace(words, text="On Monday", edits=True)
    secret = replace(better, text="he is impossible", to_customer=False)
    for key, told in (("2", words), ("3", better), ("4", secret)):
        await floor.desk.arrive(key, told, order=key)
        await floor.settled()
    case = (await floor.desk.cases())[0]
    record = await floor.desk.db.read(messages_of, case.id)
    assert [one.text for one in record] == ["My lamp flickers", "On Monday"]
    assert len(floor.hub.lines) == 1  # the question
    assert "cannot become a note" in floor.hub.whispers[0][1]


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


async def test_what_a_hub_showed_of_an_erased_customer_is_taken_back(floor: Floor) -> None:
    case_id = await case_is_there(floor)
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
