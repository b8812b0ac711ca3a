"""Pages that customers have within their network: when they are made anew; on both engines."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot import homes
from bot.homes import EACH, HOME, Homes
from channels.sandbox.paper import PaperChannel, PaperSettings, said
from desk.db import jobs
from desk.db.tables import jobs as job_rows
from desk.events import log
from desk.events.log import START
from desk.kit.clock import FrozenClock
from desk.kit.errors import ChannelBusy, DeskError
from desk.ports.channel import ChannelKit
from desk.ports.homes import Home
from desk.ports.inbound import HomeOpened
from desk.ports.messages import Sender
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_recording import settled

ADA = Sender(address="ada", name="Ada")


class Pages(PaperChannel):
    """Paper on which everybody has a page."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.pages: list[tuple[str, Home]] = []
        self.trouble: list[DeskError] = []

    async def show_home(self, address: str, home: Home) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.pages.append((address, home))


def asked(c: Connection) -> list[Any]:
    """Return the pages that are to be shown."""
    return list(c.execute(select(job_rows).where(job_rows.c.kind == HOME)).all())


def read_all(c: Connection, clock: FrozenClock) -> None:
    """Let the reader see everything, from the beginning."""
    for event in log.read(c, START, 500):
        homes.on_event(c, event, now=clock.now())


async def shown(desk: PaperDesk, worker: Homes, clock: FrozenClock) -> int:
    """Work on whatever is due and return how much that was."""
    lease = timedelta(seconds=30)
    due = await desk.db.write(jobs.claim, HOME, limit=9, lease=lease, now=clock.now())
    for job in due:
        await worker.work(job)
    return len(due)


def pages_of(desk: PaperDesk, clock: FrozenClock) -> tuple[Pages, Homes]:
    """Return a channel with pages in place of the desk's own, and who fills them."""
    kit = ChannelKit(clock=clock, secret="secret", public_url="http://desk.example")
    channel = Pages(INBOX, PaperSettings(folder=str(desk.channel.folder)), kit)
    return channel, Homes(desk.db, {INBOX: channel}, clock)


async def test_only_who_looked_at_his_page_has_it_kept(desk: PaperDesk, clock: FrozenClock) -> None:
    channel, worker = pages_of(desk, clock)
    await desk.arrive("1", said("m1", "Where is my lamp?"))
    await desk.until(settled)
    await desk.db.write(read_all, clock)
    assert await desk.db.read(asked) == []
    await desk.arrive("2", HomeOpened(sender=ADA))
    await desk.until(settled)
    assert await shown(desk, worker, clock) == 1
    ((address, home),) = channel.pages
    assert (address, [case.subject for case in home.cases]) == ("ada", ["Where is my lamp?"])


async def test_changes_in_the_same_moment_are_one_page_a_second_later(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    channel, worker = pages_of(desk, clock)
    await desk.arrive("0", HomeOpened(sender=ADA))
    for number in range(5):
        await desk.arrive(f"{number + 1}", said(f"m{number}", f"Lamp {number}"))
    await desk.until(settled)
    assert await shown(desk, worker, clock) == 1
    await desk.db.write(read_all, clock)
    await desk.db.write(read_all, clock)  # a reader that lost its place
    (one,) = await desk.db.read(asked)
    assert one.due_at == clock.now() + EACH
    await desk.db.write(homes.opened, INBOX, "ada", now=clock.now())  # he looks again
    assert len(await desk.db.read(asked)) == 1
    clock.advance(EACH)
    assert await shown(desk, worker, clock) == 1
    assert len(channel.pages) == 2


async def test_the_same_page_is_shown_once_a_second_at_most(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    channel, worker = pages_of(desk, clock)
    for _ in range(2):
        await desk.db.write(homes.opened, INBOX, "ada", now=clock.now())
        assert await shown(desk, worker, clock) == 1
    assert len(channel.pages) == 1
    clock.advance(EACH)
    assert await shown(desk, worker, clock) == 1
    assert len(channel.pages) == 2


async def test_a_page_that_the_network_does_not_take_is_tried_again_and_then_left(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    channel, worker = pages_of(desk, clock)
    channel.trouble = [ChannelBusy("slow down", 7.0)]
    await desk.db.write(homes.opened, INBOX, "ada", now=clock.now())
    await shown(desk, worker, clock)
    assert await shown(desk, worker, clock) == 0
    clock.advance(timedelta(seconds=7))
    await shown(desk, worker, clock)
    assert len(channel.pages) == 1
    channel.trouble = [ChannelBusy("slow down", 7.0)] * 9
    await desk.db.write(homes.opened, INBOX, "ada", now=clock.now())
    for _ in range(9):
        clock.advance(timedelta(seconds=7))
        await shown(desk, worker, clock)
    assert await desk.db.read(asked) == []
    assert len(channel.pages) == 1


async def test_who_has_not_looked_for_long_has_no_page_made(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    _, worker = pages_of(desk, clock)
    await desk.arrive("0", HomeOpened(sender=ADA))
    await desk.until(settled)
    await shown(desk, worker, clock)
    clock.advance(timedelta(days=15))
    await desk.arrive("1", said("m1", "Where is my lamp?"))
    await desk.until(settled)
    await desk.db.write(read_all, clock)
    assert await desk.db.read(asked) == []
