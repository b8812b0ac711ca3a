"""What was in a mailbox before the desk: its own time, closed, no clocks; what waits is open."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from channels.sandbox.paper import said
from desk.cases.rules import Status
from desk.db.engine import Database
from desk.kit.clock import FrozenClock
from desk.messages.queries import MessageView
from desk.ports.messages import Automation, InboundMessage
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled


async def test_history_is_closed_at_its_own_time_and_what_waits_is_open(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path)
    await desk.furnish()
    old, recent = clock.now() - timedelta(days=300), clock.now() - timedelta(days=2)
    async with desk.working():
        await desk.arrive("1", _old("m1", "Where was my lamp?", old))
        await desk.until(settled)
        later = old + timedelta(days=1)
        await desk.arrive("2", _old("m2", "It came.", later, in_reply_to=("m1",)))
        await desk.arrive("3", _old("m3", "And this?", recent, thread="t2", waits=True))
        await desk.until(settled)
        done, waiting = await desk.cases()
        assert (done.number, done.status) == (1001, Status.CLOSED)
        assert (waiting.status, waiting.unanswered_since) == (Status.NEW, recent)
        times = [one.at for one in (await desk.detail()).timeline if isinstance(one, MessageView)]
        assert times == [old, later]
        # Whoever writes now to what was closed long ago is heard as ever.
        await desk.arrive("4", said("m4", "It broke again.", thread="", in_reply_to=("m2",)))
        await desk.until(settled)
        assert [case.status for case in await desk.cases()] == ["closed", "new", "new"]


async def test_an_unread_mail_of_an_old_conversation_opens_it(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path)
    await desk.furnish()
    then = clock.now() - timedelta(days=3)
    async with desk.working():
        await desk.arrive("1", _old("m1", "Where is my lamp?", then - timedelta(days=9)))
        await desk.until(settled)
        await desk.arrive("2", _old("m2", "Still not here!", then, waits=True))
        await desk.until(settled)
    (case,) = await desk.cases()
    assert (case.status, case.unanswered_since) == (Status.OPEN, then)


def _old(
    external_id: str, text: str, came_at: datetime, *, waits: bool = False, **more: Any
) -> InboundMessage:
    return said(
        external_id,
        text,
        automation=Automation.HISTORY,
        came_at=came_at,
        still_waits=waits,
        **more,
    )
