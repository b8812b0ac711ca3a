"""Sends of unknown outcome on a channel that can be asked; on both engines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, select, update

from channels.sandbox.paper import PaperChannel, PaperSettings, on_paper, said
from desk.db.engine import Database
from desk.kit.clock import FrozenClock
from desk.kit.errors import ChannelBusy, DeskError, Uncertain
from desk.messages.tables import deliveries
from desk.ports.channel import ChannelKit
from desk.ports.messages import OutboundMessage
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_outbound import answer_of, done, is_waiting
from tests.bot.test_recording import settled


class AskedPaper(PaperChannel):
    """Paper that can be searched, and where a line may be written without a word about it."""

    silent = 0  # so many of the next sends break off after they were written
    unwilling: tuple[DeskError, ...] = ()  # raised by the next looks

    async def send(self, message: OutboundMessage, part: int) -> str:
        external_id = await super().send(message, part)
        if self.silent:
            self.silent -= 1
            raise Uncertain("The connection broke before its answer.")
        return external_id

    async def find_sent(self, message: OutboundMessage, part: int) -> str | None:
        if self.unwilling:
            error, *rest = self.unwilling
            self.unwilling = tuple(rest)
            raise error
        lines = await asyncio.to_thread(on_paper, self.folder)
        ours = (str(line["id"]) for line in lines if line["id"].startswith(f"{message.id}:{part}"))
        return next(ours, None)


class SlowPaper(PaperChannel):
    """Paper on which one may write only when it is one's turn."""

    def __init__(self, inbox: str, settings: PaperSettings, kit: ChannelKit) -> None:
        super().__init__(inbox, settings, kit)
        self.open_again, self.asked = asyncio.Event(), asyncio.Event()

    async def turn(self, message: OutboundMessage, part: int) -> None:
        self.asked.set()
        await self.open_again.wait()


@asynccontextmanager
async def written_to(
    database: Database, clock: FrozenClock, folder: Path, kind: type[PaperChannel] = AskedPaper
) -> AsyncIterator[PaperDesk]:
    desk = PaperDesk(database, clock, folder, kind)
    await desk.furnish()
    async with desk.working():
        await desk.arrive("1", said("m1", "Where is my lamp?"))
        await desk.until(settled)
        yield desk


def asked(desk: PaperDesk) -> AskedPaper:
    assert isinstance(desk.channel, AskedPaper)
    return desk.channel


async def after_a_while(desk: PaperDesk, clock: FrozenClock, **much: int) -> None:
    clock.advance(timedelta(**much or {"seconds": 10}))
    desk.db.wake.ring()


def state(c: Connection) -> str:
    return str(c.scalars(select(deliveries.c.state)).one())


async def test_a_send_that_arrived_without_an_answer_is_found_and_not_repeated(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    async with written_to(database, clock, tmp_path) as desk:
        asked(desk).silent = 1
        await desk.answer(1, "hello")
        await desk.until(is_waiting)
        await after_a_while(desk, clock)
        await desk.until(done)
        assert (await answer_of(desk)).state == "accepted"
        assert len(desk.channel.sent) == 1


async def test_a_send_that_did_not_arrive_is_sent_once_the_channel_has_said_so(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    async with written_to(database, clock, tmp_path) as desk:
        desk.channel.refusals.append(Uncertain("The connection broke before its answer."))
        await desk.answer(1, "hello")
        await desk.until(is_waiting)
        assert await desk.db.read(state) == "sending"
        await after_a_while(desk, clock)
        await desk.until(done)
        assert (await answer_of(desk)).state == "accepted"
        assert len(desk.channel.sent) == 1


async def test_what_was_under_way_at_a_crash_is_not_sent_while_the_channel_cannot_be_asked(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    async with written_to(database, clock, tmp_path) as desk:
        asked(desk).silent = 1
        asked(desk).unwilling = (ChannelBusy("down", 5), ChannelBusy("down", 5))
        await desk.answer(1, "hello")
        await desk.until(is_waiting)
        for _ in range(3):
            before = await desk.db.read(retry_at)
            await after_a_while(desk, clock)
            await desk.until(partial(is_put_off_from, before=before))
        assert (await answer_of(desk)).state == "accepted"
        assert len(desk.channel.sent) == 1


def is_put_off_from(c: Connection, before: object) -> bool:
    return retry_at(c) != before


def retry_at(c: Connection) -> object:
    return c.scalars(select(deliveries.c.retry_at)).one()


async def test_what_cannot_be_looked_for_in_a_day_is_uncertain_and_not_failed(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    async with written_to(database, clock, tmp_path) as desk:
        asked(desk).silent = 1
        asked(desk).unwilling = (ChannelBusy("down", 5),)
        await desk.answer(1, "hello")
        await desk.until(is_waiting)
        await after_a_while(desk, clock, hours=25)
        await desk.until(done)
        assert (await answer_of(desk)).state == "uncertain"


async def test_a_channel_that_cannot_tell_leaves_it_to_a_person(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    async with written_to(database, clock, tmp_path) as desk:
        asked(desk).silent = 1
        asked(desk).unwilling = (Uncertain("We may not read here."),)
        await desk.answer(1, "hello")
        await desk.until(is_waiting)
        await after_a_while(desk, clock)
        await desk.until(done)
        message = await answer_of(desk)
        assert (message.state, message.deliveries[0].reason) == (
            "uncertain",
            "We may not read here.",
        )
        assert len(desk.channel.sent) == 1


async def test_who_waits_for_his_turn_at_a_crash_is_sent_afterwards_without_a_doubt(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    async with written_to(database, clock, tmp_path, SlowPaper) as desk:
        slow = desk.channel
        assert isinstance(slow, SlowPaper)
        await desk.answer(1, "hello")
        await slow.asked.wait()
        assert await desk.db.read(state) == "queued"
    await database.write(lambda c: c.execute(update(deliveries).values(retry_at=None)))
    slow.open_again.set()
    async with desk.working():
        await after_a_while(desk, clock, minutes=5)
        await desk.until(done)
        assert (await answer_of(desk)).state == "accepted"
        assert len(desk.channel.sent) == 1
