"""Messages that cannot leave: each is told and set aside, and those behind it go on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from channels.sandbox.paper import PaperChannel, said
from desk.db import jobs
from desk.db.engine import Database
from desk.db.tables import jobs as job_rows
from desk.kit.clock import FrozenClock
from desk.kit.errors import ChannelBusy, Conflict, NotFound, Refusal, Undeliverable
from desk.messages import deliveries
from desk.messages.deliveries import DELIVER
from desk.messages.tables import deliveries as rows
from desk.ports.channel import RenderPlan
from desk.ports.messages import OutboundMessage
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_outbound import answer_of, done, is_waiting
from tests.bot.test_recording import settled


class Fussy(PaperChannel):
    """Cannot lay out a message that says "bug", nor take a second page that is "heavy".

    Without formatting all fits on one page.
    """

    async def send(self, message: OutboundMessage, part: int) -> str:
        """Send one page."""
        if part and "heavy" in message.text:
            raise Undeliverable("invalid blocks", Refusal.CONTENT)
        return await super().send(message, part)

    def plan(self, message: OutboundMessage) -> RenderPlan:
        """Return the parts of `message`."""
        if "bug" in message.text:
            raise KeyError("entities")
        plan = super().plan(message)
        return RenderPlan(parts=plan.parts[:1]) if message.plain else plan


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    paper.channel.__class__ = Fussy
    await paper.furnish()
    async with paper.working():
        await paper.arrive("1", said("m1", "Where is my lamp?"))
        await paper.until(settled)
        yield paper


async def test_a_message_we_fail_at_is_set_aside_and_the_next_one_leaves(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await desk.answer(1, "a bug")
    await desk.answer(1, "On its way.")
    for tries in (1, 2):
        await desk.until(partial(was_tried, tries=tries))
        clock.advance(timedelta(seconds=10))
        desk.db.wake.ring()
    await desk.until(done)
    assert [line["text"] for line in desk.channel.sent] == ["On its way."]
    failed = (await desk.detail()).timeline
    assert any("fault of ours" in d.reason for m in failed for d in getattr(m, "deliveries", ()))


async def test_a_file_that_is_gone_fails_its_message_and_no_other(desk: PaperDesk) -> None:
    desk.channel.refusals.append(NotFound("There is no such file."))
    await desk.answer(1, "See the picture")
    await desk.answer(1, "On its way.")
    await desk.until(done)
    assert [line["text"] for line in desk.channel.sent] == ["On its way."]


async def test_a_poorer_form_with_fewer_parts_is_sent_whole(desk: PaperDesk) -> None:
    desk.channel.refusals.append(Undeliverable("invalid blocks", Refusal.CONTENT))
    await desk.answer(1, "one\n---\ntwo")
    await desk.until(done)
    assert [line["text"] for line in desk.channel.sent] == ["one"]
    assert (await answer_of(desk)).state == "accepted"


async def test_the_form_is_not_changed_once_a_part_has_arrived(desk: PaperDesk) -> None:
    await desk.answer(1, "one\n---\nheavy")
    await desk.until(lambda c: "failed" in c.scalars(select(rows.c.state)).all())
    assert [line["text"] for line in desk.channel.sent] == ["one"]


async def test_what_is_sent_again_after_a_day_is_tried_for_another_day(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    desk.channel.refusals.append(Undeliverable("chat not found"))
    await desk.answer(1, "hello")
    await desk.until(done)
    clock.advance(timedelta(days=2))
    desk.channel.refusals.append(ChannelBusy("flood", 3))
    delivery = (await answer_of(desk)).deliveries[0]
    await desk.db.write(deliveries.send_again, delivery.id, now=clock.now())
    await desk.until(is_waiting)
    clock.advance(timedelta(seconds=4))
    desk.db.wake.ring()
    await desk.until(done)
    assert (await answer_of(desk)).state == "accepted"


async def test_a_worker_that_lost_its_message_changes_nothing_any_more(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path)
    await desk.furnish()
    async with desk.working():
        await desk.arrive("1", said("m1", "hi"))
        await desk.until(settled)
    await desk.answer(1, "hello")

    def take(c: Connection) -> jobs.Job:
        lease = timedelta(seconds=30)
        return jobs.claim(c, DELIVER, limit=1, lease=lease, now=clock.now(), lanes=[INBOX])[0]

    slow = await database.write(take)
    await database.write(lambda c: c.execute(update(job_rows).values(token="another")))
    desk.channel.refusals.append(ChannelBusy("flood limit", 3))
    with pytest.raises(Conflict, match="lease"):
        await desk.sender.work(slow)
    assert await database.read(lambda c: c.scalars(select(rows.c.state)).all()) == ["queued"]
    assert desk.channel.sent == []


def was_tried(c: Connection, tries: int) -> bool:
    waiting = select(job_rows.c.attempts, job_rows.c.token).where(job_rows.c.kind == DELIVER)
    first = c.execute(waiting.order_by(job_rows.c.id)).first()
    return first is not None and first.attempts == tries and first.token is None
