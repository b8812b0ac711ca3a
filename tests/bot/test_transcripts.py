"""A chat goes to its visitor as one letter when he asks, or when it is resolved; both engines."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from bot.config import Config, Inbox
from bot.transcripts import at_resolve, plain
from desk.cases import actions, talk, transcripts
from desk.cases.rules import Status
from desk.cases.transcripts import Style
from desk.customers import actions as customers
from desk.customers import queries as people
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.db.tables import jobs as table
from desk.events import log
from desk.events.actors import SYSTEM, agent
from desk.kit.clock import FrozenClock
from desk.messages.actions import NoteDraft
from desk.messages.queries import MessageView
from desk.ports.inbound import CustomerAsked, Wish
from desk.ports.messages import InboundMessage, Sender
from desk.queues import queries as queues
from desk.queues.actions import define_inbox
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_away import MAIL, TYPED, later, visit

STYLE = Style(words="All of it.", you="You", voice="Desk", plain=plain)


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


async def ask(desk: PaperDesk, key: str) -> None:
    """Let the visitor ask for the conversation."""
    who = Sender(address="v1", email=TYPED)
    wish = CustomerAsked(external_id=key, sender=who, thread="t", wish=Wish.TRANSCRIPT)
    await desk.arrive(key, wish)
    busy = select(func.count()).select_from(table).where(table.c.kind == "record")
    await desk.until(lambda c: c.scalar(busy) == 0)


async def letters(desk: PaperDesk, clock: FrozenClock, minutes: float = 0) -> list[MessageView]:
    """Let time pass, do what is due, and return the letters."""
    clock.advance(timedelta(minutes=minutes))

    async def work(job: Job) -> None:
        where = {INBOX: (MAIL, "post")}
        await desk.db.write(transcripts.write, job, where, STYLE, now=clock.now())

    task = asyncio.create_task(run_jobs(desk.db, transcripts.TRANSCRIPT, work, clock=clock))
    due = (table.c.kind == transcripts.TRANSCRIPT, table.c.due_at <= clock.now())
    left = select(func.count()).select_from(table).where(*due)
    try:
        await desk.until(lambda c: c.scalar(left) == 0)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    timeline = (await desk.detail()).timeline
    return [one for one in timeline if isinstance(one, MessageView) and one.inbox == MAIL]


async def resolve(desk: PaperDesk, status: Status = Status.RESOLVED) -> None:
    """Let Alice set the status, and hand on every fact, each twice."""

    def unit(c: Connection) -> None:
        actions.set_status(c, 1, status, actor=agent(desk.alice), now=desk.clock.now())
        for event in log.of_case(c, 1, kinds=("case.resolved",)) * 2:
            transcripts.on_event(c, event, {INBOX}, now=desk.clock.now())

    await desk.db.write(unit)


async def prove(desk: PaperDesk) -> None:
    """Let the typed address be the visitor's own."""

    def unit(c: Connection) -> None:
        visitor = people.find_identity(c, "paper", "v1")
        assert visitor is not None
        sender = Sender(address=TYPED, email=TYPED)
        other = customers.identify(c, "post", sender, actor=SYSTEM, now=desk.clock.now())
        customers.merge(
            c,
            visitor.customer_id,
            other.customer_id,
            proof="he said so",
            actor=SYSTEM,
            now=desk.clock.now(),
        )

    await desk.db.write(unit)


async def test_who_asks_gets_the_whole_conversation_at_his_own_address_without_notes(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk)
    await prove(desk)
    note = NoteDraft(case_id=1, text="He is odd", html="<p>He is odd</p>")
    await desk.db.write(talk.note, note, actor=agent(desk.alice), now=clock.now())
    await ask(desk, "a1")
    (letter,) = await letters(desk, clock)
    assert (letter.author, letter.address, letter.channel) == ("system", TYPED, "post")
    assert letter.text.startswith("All of it.\n\n**You, ")
    assert letter.text.index("> Hi") < letter.text.index("> It comes on Monday.")
    assert "odd" not in f"{letter.text}{letter.html}"


async def test_to_a_typed_address_go_our_words_and_none_of_his(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk)
    await ask(desk, "a1")
    (letter,) = await letters(desk, clock)
    assert letter.address == TYPED
    assert "Monday" in letter.text
    assert "> Hi" not in letter.text


async def test_nothing_is_sent_twice_as_it_stands_and_more_waits_a_quarter_of_an_hour(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk)
    for key in ("a1", "a2"):
        await ask(desk, key)
    assert len(await letters(desk, clock)) == 1
    await ask(desk, "a3")
    assert len(await letters(desk, clock, 15)) == 1
    await desk.answer(1, "Or never.")
    await ask(desk, "a4")
    assert len(await letters(desk, clock)) == 2
    await desk.answer(1, "Or now.")
    await ask(desk, "a5")
    assert len(await letters(desk, clock, 14)) == 2
    assert len(await letters(desk, clock, 1)) == 3


async def test_a_resolved_case_is_written_once_after_it_settled(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk)
    await resolve(desk)
    assert await letters(desk, clock, 4) == []
    assert len(await letters(desk, clock, 1)) == 1
    await resolve(desk, Status.OPEN)
    await resolve(desk)
    assert len(await letters(desk, clock, 30)) == 1


async def test_a_case_that_goes_on_meanwhile_is_not_written(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk)
    await resolve(desk)
    await resolve(desk, Status.OPEN)
    assert await letters(desk, clock, 5) == []


async def test_who_spoke_with_no_agent_or_left_no_address_gets_none(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk, None)
    await desk.arrive(
        "2", InboundMessage(external_id="2", sender=Sender(address="v1"), thread="t", text="Hm")
    )
    who = Sender(address="v1")
    wish = CustomerAsked(external_id="a1", sender=who, thread="t", wish=Wish.TRANSCRIPT)
    await desk.arrive("a1", wish)
    busy = select(func.count()).select_from(table).where(table.c.kind == "record")
    await desk.until(lambda c: c.scalar(busy) == 0)
    assert await letters(desk, clock) == []


async def test_a_letter_with_unread_answers_leaves_none_for_who_left(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await visit(desk)
    await ask(desk, "a1")
    assert len(await letters(desk, clock)) == 1
    assert len(await later(desk, clock, 10)) == 1


def test_what_a_visitor_wrote_stays_words() -> None:
    text, html = plain("# Hi *you* <b>x</b>\n[y](https://z.example)")
    assert "<b>" not in html
    assert not text.startswith("# ")
    assert r"\*you" in text or "\\*you\\*" in text


def test_only_chats_that_can_write_and_want_it_are_written_when_resolved() -> None:
    chat = Inbox(channel="chat", transcripts=True)
    one = Config(
        inboxes={"web": chat, "shop": Inbox(channel="chat"), "mail": Inbox(channel="email")}
    )
    assert at_resolve(one, {"web": "mail", "shop": "mail"}) == {"web"}
    assert at_resolve(one, {}) == frozenset()
