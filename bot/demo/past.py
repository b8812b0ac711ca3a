"""The day before the demo: cases played through the desk's own units, at their own times."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct
from sqlalchemy import Connection, select

from bot.flows import survey
from bot.flows.phrasebook import rating_words
from channels import richtext
from desk.cases import actions, queries, talk
from desk.cases.actions import NewCase
from desk.cases.rules import Priority, Status
from desk.customers import actions as customers
from desk.events import log, reader
from desk.events.actors import SYSTEM, agent, customer
from desk.events.reader import From, Handle
from desk.kit.clock import FrozenClock
from desk.messages import deliveries
from desk.messages.actions import NoteDraft, Place
from desk.messages.rules import DeliveryState
from desk.messages.tables import deliveries as delivery_rows
from desk.ports.messages import InboundMessage, Sender
from desk.queues import queries as queues
from desk.satisfaction import actions as ratings
from desk.satisfaction.actions import Answer
from desk.satisfaction.rules import TERMS
from desk.sla import jobs as sla

INBOXES = {"email": "mail", "telegram": "telegram", "slack": "slack", "chat": "shop"}

_FILE = Path(__file__).parent / "past.yaml"


class Story(Struct, frozen=True, kw_only=True):
    """One case of the past; `at` is channel and address, lines are minutes, who, words."""

    customer: str
    at: dict[str, str]
    ago: int
    lines: tuple[tuple[int, str, str], ...]
    subject: str | None = None
    language: str = "en"
    priority: Priority = Priority.NORMAL
    end: Status | None = None

    @property
    def channel(self) -> str:
        """Where it was written."""
        return next(iter(self.at))

    @property
    def address(self) -> str:
        """Who wrote, in the channel's terms."""
        return self.at[self.channel]

    @property
    def done_at(self) -> int:
        """The line with which the case is as it ends; after it its customer may rate it."""
        return max(n for n, (_, who, _) in enumerate(self.lines) if who != "rated")

    @property
    def thread(self) -> str:
        """The conversation, as the channel would name it."""
        if self.channel == "slack":
            team, _, person = self.address.partition(":")
            return f"{team}:D{person[1:]}:"
        return "" if self.channel == "email" else self.address


class _Moment(Struct, frozen=True):
    """One line of one story, `ago` minutes before the start."""

    ago: int
    story: int
    line: int


def stories() -> list[Story]:
    """Return the stories of the past. Blocks."""
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), list[Story])


def play(
    c: Connection,
    told: list[Story],
    handles: Mapping[str, Handle],
    clock: FrozenClock,
    *,
    now: datetime,
) -> None:
    """Let everything happen in the order it did, up to `now`.

    Args:
        handles: the desk's own readers of events, made with `clock`: they route the cases and
            run the promises as they would have then.
        clock: is moved along.
    """
    for name in handles:
        reader.begin(c, name, From.BEGINNING)
    cases: dict[int, int] = {}
    for moment in sorted(_moments(told), key=lambda moment: -moment.ago):
        clock.move_to(now - timedelta(minutes=moment.ago))
        sla.sweep(c, clock.now())
        _take(c, told[moment.story], moment, cases, clock.now())
        _settle(c, handles, clock)
    clock.move_to(now)
    sla.sweep(c, now)
    _settle(c, handles, clock)


def _moments(told: list[Story]) -> Iterator[_Moment]:
    for number, story in enumerate(told):
        for line, (after, _, _) in enumerate(story.lines):
            yield _Moment(story.ago - after, number, line)


def _take(
    c: Connection, story: Story, moment: _Moment, cases: dict[int, int], now: datetime
) -> None:
    number, line = moment.story, moment.line
    _, who, words = story.lines[line]
    if who == "in":
        cases[number] = _written(c, story, cases.get(number), f"past:{number}:{line}", words, now)
        return
    if who == "rated":
        _rate(c, story, cases[number], words, now)
        return
    case = queries.by_id(c, cases[number])
    answering = agent(case.assignee_id or 1)
    html = richtext.render_html(richtext.parse_markdown(words))
    if who == "note":
        note = NoteDraft(case_id=case.id, text=words, html=html)
        talk.note(c, note, actor=answering, now=now)
        return
    last = line == story.done_at
    then = story.end if last and story.end is not None else Status.PENDING
    talk.reply(c, case.id, talk.Reply(text=words, html=html, then=then), actor=answering, now=now)


def _written(
    c: Connection, story: Story, case_id: int | None, external_id: str, words: str, now: datetime
) -> int:
    sender = Sender(address=story.address, name=story.customer, language=story.language)
    known = customers.identify(c, story.channel, sender, actor=SYSTEM, now=now)
    who = customer(known.customer_id)
    if case_id is None:
        case_id = _opened(c, story, known.customer_id, words, now)
    place = Place(
        case_id=case_id,
        identity_id=known.identity_id,
        inbox=INBOXES[story.channel],
        channel=story.channel,
        thread=story.thread,
    )
    said = InboundMessage(
        external_id=f"<{external_id}@past.example>" if story.channel == "email" else external_id,
        sender=sender,
        thread=story.thread,
        text=words,
        subject=story.subject,
        sent_at=now,
    )
    talk.take_in(c, said, place, (), actor=who, arrival_id=None, now=now)
    if story.end is not None and words == story.lines[story.done_at][2]:
        actions.set_status(c, case_id, story.end, actor=SYSTEM, now=now)
    return case_id


def _rate(c: Connection, story: Story, case_id: int, words: str, now: datetime) -> None:
    """Let a customer be asked how it went, and answer: the first word is his score."""
    score, _, comment = words.partition(" ")
    case = actions.lock(c, case_id)
    _, spoken = rating_words(story.language)
    asked = survey.question(spoken, by_letter=story.channel == "email")
    place = Place(
        case_id=case_id,
        identity_id=customers.identify(
            c, story.channel, Sender(address=story.address), actor=SYSTEM, now=now
        ).identity_id,
        inbox=INBOXES[story.channel],
        channel=story.channel,
        thread=story.thread,
    )
    rating_id = ratings.ask(c, case, asked, place, TERMS, now=now)
    given = Answer(score=int(score), comment=comment)
    ratings.answer(c, rating_id, given, TERMS, actor=customer(case.customer_id), now=now)


def _opened(c: Connection, story: Story, customer_id: int, words: str, now: datetime) -> int:
    inbox = queues.inbox(c, INBOXES[story.channel])
    new = NewCase(
        subject=story.subject or words,
        customer_id=customer_id,
        queue_id=inbox.queue_id,
        inbox=inbox.key,
        channel=story.channel,
        thread=story.thread,
        priority=story.priority,
        with_bot=inbox.bot,
        language=story.language,
    )
    return actions.open_case(c, new, actor=customer(customer_id), now=now)


def _settle(c: Connection, handles: Mapping[str, Handle], clock: FrozenClock) -> None:
    """Let the readers have every new event, and what was written have arrived long since."""
    waiting = select(delivery_rows.c.id).where(delivery_rows.c.state == DeliveryState.QUEUED.value)
    before = None
    while (last := log.latest(c)) != before:  # what one reader does is news for the others
        before = last
        for name, handle in handles.items():
            reader.take_batch(c, name, handle, clock)
        for delivery_id in c.scalars(waiting).all():
            deliveries.arrived(c, delivery_id, f"past:out:{delivery_id}", now=clock.now())
