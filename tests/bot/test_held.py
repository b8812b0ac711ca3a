"""A reply on hold: it leaves when its seconds are over, never before, never twice, never not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from bot.held import HeldReplies
from channels.sandbox.paper import said
from desk.cases import held
from desk.cases.actions import set_status
from desk.cases.held import Held
from desk.cases.rules import Status
from desk.cases.talk import Reply
from desk.db.engine import Database
from desk.db.tables import jobs
from desk.events.actors import SYSTEM
from desk.kit.clock import FrozenClock
from desk.kit.errors import Conflict, Invalid, NotFound
from desk.messages.queries import MessageView, NoteView
from desk.messages.tables import messages
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_outbound import done
from tests.bot.test_recording import settled

WAIT = timedelta(seconds=15)


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        await paper.arrive("1", said("m1", "Where is my lamp?"))
        await paper.until(settled)
        working = asyncio.create_task(HeldReplies(database, clock).run())
        yield paper
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def hold(desk: PaperDesk, text: str = "On its way.", key: str = "k1", **more: Any) -> Held:
    reply = Reply(text=text, html=f"<p>{text}</p>", client_id=key, **more)
    now = desk.clock.now()
    unit = partial(held.hold, agent_id=desk.alice, now=now)
    return await desk.db.write(unit, 1, reply, WAIT)


async def pass_time(desk: PaperDesk, wait: timedelta) -> None:
    assert isinstance(desk.clock, FrozenClock)
    desk.clock.advance(wait)
    desk.db.wake.ring()


def written(c: Connection) -> int:
    count = select(func.count()).select_from(messages).where(messages.c.author == "agent")
    return int(c.execute(count).scalar_one())


def none_held(c: Connection) -> bool:
    return c.execute(select(jobs.c.id).where(jobs.c.kind == held.HELD)).first() is None


async def test_a_reply_leaves_when_its_seconds_are_over_and_not_before(desk: PaperDesk) -> None:
    kept = await hold(desk)
    assert kept == Held(client_id="k1", due_at=desk.clock.now() + WAIT)
    await pass_time(desk, timedelta(seconds=14))
    await asyncio.sleep(0.2)
    (case,) = await desk.cases()
    assert (await desk.db.read(written), case.status, case.assignee_name) == (0, "new", None)
    await pass_time(desk, timedelta(seconds=1))
    await desk.until(done)
    (line,) = desk.channel.sent
    assert line["text"] == "On its way."
    (case,) = await desk.cases()
    assert (case.status, case.assignee_name) == ("pending", "Alice")


async def test_an_undone_reply_never_leaves(desk: PaperDesk) -> None:
    await hold(desk)
    await desk.db.write(held.take_back, "k1", agent_id=desk.alice)
    await pass_time(desk, 2 * WAIT)
    await asyncio.sleep(0.2)
    assert desk.channel.sent == []
    assert await desk.db.read(none_held)
    with pytest.raises(NotFound, match="left already"):
        await desk.db.write(held.take_back, "k1", agent_id=desk.alice)


async def test_nobody_undoes_a_colleagues_reply(desk: PaperDesk) -> None:
    await hold(desk)
    with pytest.raises(NotFound):
        await desk.db.write(held.take_back, "k1", agent_id=desk.alice + 1)


async def test_the_same_key_again_is_the_same_reply_held_or_sent(desk: PaperDesk) -> None:
    first = await hold(desk)
    await pass_time(desk, timedelta(seconds=5))
    assert await hold(desk) == first
    await pass_time(desk, WAIT)
    await desk.until(done)
    assert (await hold(desk)).sent
    await pass_time(desk, 2 * WAIT)
    await asyncio.sleep(0.2)
    assert await desk.db.read(written) == 1


async def test_what_cannot_be_sent_is_refused_at_once(desk: PaperDesk) -> None:
    with pytest.raises(Invalid, match="Write something"):
        await hold(desk, "  ")
    for status in (Status.RESOLVED, Status.CLOSED):
        await desk.db.write(set_status, 1, status, actor=SYSTEM, now=desk.clock.now())
    with pytest.raises(Conflict, match="closed"):
        await hold(desk)
    assert await desk.db.read(none_held)


async def test_words_that_cannot_be_sent_any_more_are_kept_as_a_note(desk: PaperDesk) -> None:
    await hold(desk, "You can keep it.")
    for status in (Status.RESOLVED, Status.CLOSED):
        await desk.db.write(set_status, 1, status, actor=SYSTEM, now=desk.clock.now())
    await pass_time(desk, WAIT)
    await desk.until(none_held)
    assert desk.channel.sent == []
    lines = (await desk.detail()).timeline
    (note,) = [one for one in lines if isinstance(one, NoteView)]
    assert "was not sent: The case is closed" in note.text
    assert "You can keep it." in note.text
    assert "was not sent" in (await desk.cases())[0].flag
    assert [one for one in lines if isinstance(one, MessageView) and one.author == "agent"] == []


async def test_a_desk_that_died_meanwhile_sends_it_once_when_it_is_back(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path)
    await desk.furnish()
    async with desk.working():
        await desk.arrive("1", said("m1", "hi"))
        await desk.until(settled)
        await hold(desk)
        clock.advance(WAIT)
        runners = [asyncio.create_task(HeldReplies(database, clock).run()) for _ in range(2)]
        await desk.until(done)
        for runner in runners:
            runner.cancel()
        await asyncio.gather(*runners, return_exceptions=True)
    assert await database.read(written) == 1
