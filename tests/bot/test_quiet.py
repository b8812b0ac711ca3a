"""When the desk does not answer by itself: to machines, forgers, lists; and never twice a day."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.flows.handlers import Flows, on_event
from desk.cases import quiet
from desk.cases.actions import NewCase, open_case
from desk.cases.limits import LIMITS, Limits
from desk.cases.tables import automatic_answers, cases
from desk.cases.talk import take_in
from desk.customers.actions import identify
from desk.db.engine import Database
from desk.events import log
from desk.events.actors import SYSTEM, customer
from desk.events.log import START, Cursor
from desk.kit.clock import FrozenClock
from desk.messages.actions import Place
from desk.messages.tables import messages
from desk.ports.messages import InboundMessage, Remark, Sender
from desk.queues.actions import define_inbox, define_queue
from knowledge.index import KnowledgeIndex
from knowledge.intake import import_drafts
from tests.knowledge.shop import DRAFTS

QUESTION = "Can I pay in instalments?"


class MailDesk:
    """A shop with its bot on an e-mail inbox."""

    def __init__(self, db: Database, clock: FrozenClock) -> None:
        self.db = db
        self.clock = clock
        machines = {"email"}
        self.flows = Flows(
            index=KnowledgeIndex(), public_url="https://x.example", machines=machines
        )
        self.read: Cursor = START
        self.count = 0

    async def open(self) -> None:
        def unit(c: Connection) -> None:
            now = self.clock.now()
            queue_id = define_queue(c, "support", "Support", None, now=now)
            define_inbox(c, "mail", "email", "Mail", queue_id, bot=True)
            import_drafts(c, DRAFTS, actor=SYSTEM, now=now)

        await self.db.write(unit)

    async def gets(
        self,
        text: str = QUESTION,
        address: str = "ada@home.example",
        case_id: int | None = None,
        **more: object,
    ) -> int:
        """Take a mail in and let the bot look at it; return its case."""
        self.count += 1

        def unit(c: Connection) -> int:
            now = self.clock.now()
            sender = Sender(address=address, name="Ada", language="en")
            known = identify(c, "email", sender, actor=SYSTEM, now=now)
            to = case_id or _open(c, known.customer_id, self.clock)
            place = Place(case_id=to, identity_id=known.identity_id, inbox="mail", channel="email")
            said = InboundMessage(
                external_id=f"m{self.count}",
                sender=sender,
                text=text,
                **more,  # type: ignore[arg-type]
            )
            who = customer(known.customer_id)
            take_in(c, said, place, [], actor=who, arrival_id=None, now=now)
            return to

        found = await self.db.write(unit)
        await self.look()
        return found

    async def look(self) -> None:
        def unit(c: Connection) -> Cursor:
            for event in log.read(c, self.read, 500):
                on_event(c, event, talk=self.flows, now=self.clock.now())
                self.read = event.cursor
            return self.read

        self.read = await self.db.write(unit)

    async def answers(self, case_id: int) -> list[str]:
        query = select(messages.c.text).where(
            messages.c.case_id == case_id, messages.c.author == "bot"
        )
        return list(await self.db.read(lambda c: c.scalars(query.order_by(messages.c.id)).all()))

    async def case(self, case_id: int) -> tuple[bool, str]:
        query = select(cases.c.with_bot, cases.c.flag).where(cases.c.id == case_id)
        row = await self.db.read(lambda c: c.execute(query).one())
        return row.with_bot, row.flag


def _open(c: Connection, customer_id: int, clock: FrozenClock) -> int:
    new = NewCase(
        subject="A question", customer_id=customer_id, queue_id=1, inbox="mail", channel="email",
        with_bot=True, language="en",
    )  # fmt: skip
    return open_case(c, new, actor=SYSTEM, now=clock.now())


@pytest.fixture
async def desk(database: Database, clock: FrozenClock) -> MailDesk:
    found = await asyncio.to_thread(MailDesk, database, clock)  # reads the words of the bot
    await found.open()
    return found


async def test_a_mail_gets_greeting_and_answer_in_one_letter(desk: MailDesk) -> None:
    case_id = await desk.gets()
    (letter,) = await desk.answers(case_id)
    assert "assistant" in letter
    assert "payment-methods" in letter


async def test_a_second_mail_within_a_day_is_a_persons(desk: MailDesk, clock: FrozenClock) -> None:
    first = await desk.gets()
    clock.advance(timedelta(hours=23))
    second = await desk.gets()
    assert len(await desk.answers(first)) == 1
    assert await desk.answers(second) == []
    assert await desk.case(second) == (False, "")
    clock.advance(timedelta(hours=2))
    assert len(await desk.answers(await desk.gets())) == 1


async def test_another_sender_is_answered_all_the_same(desk: MailDesk) -> None:
    await desk.gets()
    other = await desk.gets(address="bob@other.example")
    assert len(await desk.answers(other)) == 1


async def test_one_domain_gets_twenty_answers_an_hour(desk: MailDesk, clock: FrozenClock) -> None:
    for n in range(LIMITS.answers_per_domain):
        assert await desk.answers(await desk.gets(address=f"a{n}@big.example"))
    flooded = await desk.gets(address="one.more@big.example")
    assert await desk.answers(flooded) == []
    assert "Loop suspected" in (await desk.case(flooded))[1]
    clock.advance(timedelta(minutes=61))
    assert await desk.answers(await desk.gets(address="yet.another@big.example"))


async def test_one_case_gets_three_answers(desk: MailDesk, clock: FrozenClock) -> None:
    case_id = await desk.gets("hello")
    for n in range(5):
        clock.advance(timedelta(hours=25))
        await desk.gets("hello", f"friend{n}@x{n}.example", case_id)
    assert len(await desk.answers(case_id)) <= LIMITS.answers_per_case


@pytest.mark.parametrize(
    ("limits", "second", "why"),
    [
        (Limits(answer_again_hours=1), {}, None),
        (Limits(answer_again_hours=48), {}, "within 48 hours"),
        (Limits(answers_per_case=1), {"address": "eve@home.example"}, "1 automatic"),
        (Limits(answers_per_domain=1), {"address": "eve@home.example", "case_id": None}, "domain"),
    ],
)
async def test_how_often_the_desk_answers_by_itself_is_a_setting(
    desk: MailDesk,
    clock: FrozenClock,
    limits: Limits,
    second: dict[str, Any],
    why: str | None,
) -> None:
    desk.flows.limits = limits
    case_id = await desk.gets("hello")
    clock.advance(timedelta(minutes=59) if why == "domain" else timedelta(hours=2))
    await desk.gets("hello", **{"case_id": case_id, **second})
    query = select(messages.c.trace).order_by(messages.c.id.desc())
    traces = await desk.db.read(lambda c: c.scalars(query).all())
    said = " ".join(step["words"] for one in traces for step in one or ())
    assert (why or "") in said
    assert ("No automatic answer" in said) is (why is not None)


@pytest.mark.parametrize(
    "odd",
    [
        {"genuine": False},
        {"remarks": (Remark("no_reply", "noreply@x.example"),)},
        {"remarks": (Remark("not_addressed"),)},
    ],
)
async def test_who_cannot_be_answered_is_not_and_a_person_looks(
    desk: MailDesk, odd: dict[str, Any]
) -> None:
    case_id = await desk.gets(**odd)
    assert await desk.answers(case_id) == []
    assert await desk.case(case_id) == (False, "")


async def test_two_machines_that_answer_each_other_stop_and_are_flagged(
    desk: MailDesk, clock: FrozenClock
) -> None:
    """The other one strips headers, makes fresh ids and varies its words, as the worst do."""
    case_id = await desk.gets()
    exchanged, seen = 1, 0
    for minute in range(600):
        clock.advance(timedelta(seconds=1))
        answers = len(await desk.answers(case_id))
        if answers > seen:
            seen = answers
            exchanged += 2
            await desk.gets(f"Thank you, we got your message number {minute}.", case_id=case_id)
    assert exchanged <= 5
    assert "Loop suspected" in (await desk.case(case_id))[1]


async def test_what_is_old_is_forgotten_and_what_still_counts_is_not(
    desk: MailDesk, clock: FrozenClock
) -> None:
    await desk.gets()
    clock.advance(timedelta(hours=23))
    await desk.gets(address="bob@other.example")
    clock.advance(timedelta(hours=2))
    day = timedelta(days=1)
    gone = await desk.db.write(quiet.forget_old_answers, now=clock.now(), after=day)
    left = await desk.db.read(lambda c: c.scalars(select(automatic_answers.c.address)).all())
    assert (gone, left) == (1, ["bob@other.example"])
