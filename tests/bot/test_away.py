"""Who leaves a live conversation with answers unread gets one letter, and may answer it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from bot.away import letter_inboxes
from bot.config import Config, Inbox
from desk.cases import away
from desk.cases.findings import findings
from desk.cases.threading import decide
from desk.customers import queries as people
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.db.tables import jobs as table
from desk.events import log
from desk.kit.clock import FrozenClock
from desk.messages.queries import MessageView, messages_of
from desk.messages.rules import DeliveryState
from desk.messages.tables import deliveries as sends
from desk.ports.messages import InboundMessage, Sender
from desk.queues import queries as queues
from desk.queues.actions import define_inbox
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled

MAIL = "letters"
TYPED = "ada@home.example"
WORDS = "You left."


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()

    def mail(c: Connection) -> None:
        (queue, *_) = queues.list_queues(c)
        define_inbox(c, MAIL, "post", "Letters", queue.id, bot=False)

    await database.write(mail)
    async with paper.working():
        yield paper


async def visit(desk: PaperDesk, typed: str | None = TYPED) -> None:
    """Let a visitor ask, and Alice answer twice."""
    visitor = Sender(address="v1", name="Ada", email=typed)
    await desk.arrive("1", InboundMessage(external_id="1", sender=visitor, thread="t", text="Hi"))
    await desk.until(settled)
    for words in ("It comes on Monday.", "Or on Tuesday."):
        await desk.answer(1, words)
    await desk.until(lambda c: [m.state for m in messages_of(c, 1)][1:] == ["accepted"] * 2)
    await read_facts(desk)


async def read_facts(desk: PaperDesk) -> None:
    def unit(c: Connection) -> None:
        for event in log.of_case(c, 1, kinds=("message.sent",)):
            away.on_event(c, event, {INBOX: MAIL}, now=desk.clock.now())

    await desk.db.write(unit)


async def later(desk: PaperDesk, clock: FrozenClock, minutes: float = 10) -> list[MessageView]:
    """Let time pass, do what is due, and return the letters."""
    clock.advance(timedelta(minutes=minutes))

    async def work(job: Job) -> None:
        where = {INBOX: (MAIL, "post")}
        await desk.db.write(away.write, job, where, WORDS, now=clock.now())

    task = asyncio.create_task(run_jobs(desk.db, away.AWAY, work, clock=clock))
    due = (table.c.kind == away.AWAY, table.c.due_at <= clock.now())
    try:
        await desk.until(
            lambda c: not c.scalar(select(func.count()).select_from(table).where(*due))
        )
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    timeline = (await desk.detail()).timeline
    return [one for one in timeline if isinstance(one, MessageView) and one.inbox == MAIL]


async def test_all_that_is_unread_comes_in_one_letter_to_the_address_he_typed(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk)
    assert await later(desk, clock, 9) == []
    (letter,) = await later(desk, clock, 1)
    assert (letter.author, letter.address, letter.channel) == ("system", TYPED, "post")
    assert letter.text == "You left.\n\n> It comes on Monday.\n\n> Or on Tuesday."
    assert len(await later(desk, clock, 60)) == 1


async def test_what_was_read_meanwhile_makes_no_letter(desk: PaperDesk, clock: FrozenClock) -> None:
    await visit(desk)

    def read(c: Connection) -> None:
        c.execute(sends.update().values(state=DeliveryState.READ.value))

    await desk.db.write(read)
    assert await later(desk, clock) == []


async def test_without_an_address_nothing_is_written(desk: PaperDesk, clock: FrozenClock) -> None:
    await visit(desk, None)
    assert await later(desk, clock) == []


async def test_a_second_letter_waits_a_quarter_of_an_hour(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk)
    assert len(await later(desk, clock)) == 1
    await desk.answer(1, "Or never.")
    await desk.until(lambda c: messages_of(c, 1)[-1].state == "accepted")
    await read_facts(desk)
    assert len(await later(desk, clock, 10)) == 1
    found = await later(desk, clock, 5)
    assert [one.text for one in found][1:] == ["You left.\n\n> Or never."]


async def test_a_typed_address_is_nobodys_proof_but_may_answer_the_letter(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk)
    await later(desk, clock)

    def look(c: Connection) -> tuple[bool, int | None]:
        one = people.find_identity(c, "post", TYPED)
        assert one is not None
        visitor = people.find_identity(c, "paper", "v1")
        assert visitor is not None
        answer = InboundMessage(
            external_id="m", sender=Sender(address=TYPED), text="Monday is fine", case_id=1
        )
        found = findings(c, answer, one.customer_id, MAIL, now=clock.now())
        return one.customer_id == visitor.customer_id, decide(answer, found).case_id

    assert await desk.db.read(look) == (False, 1)


def test_letters_come_from_the_only_inbox_that_writes_them_unless_said_otherwise() -> None:
    chat, mail = Inbox(channel="chat"), Inbox(channel="email")
    one = Config(inboxes={"web": chat, "mail": mail})
    assert letter_inboxes(one) == {"web": "mail"}
    two = Config(inboxes={"web": chat, "mail": mail, "sales": mail})
    assert letter_inboxes(two) == {}
    named = Config(inboxes={**two.inboxes, "web": Inbox(channel="chat", away_to="sales")})
    assert letter_inboxes(named) == {"web": "sales"}
    off = Config(inboxes={"web": Inbox(channel="chat", away_to=""), "mail": mail})
    assert letter_inboxes(off) == {}
