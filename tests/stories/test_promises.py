"""Ada writes on Friday at 16:00. What the desk promised her falls due on Monday at noon sharp."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from bot import setup
from bot.config import Calendar, Config
from bot.timekeeper import Timekeeper
from channels.sandbox.paper import said
from desk.db.engine import Database
from desk.events import log
from desk.events.reader import follow
from desk.kit.clock import FrozenClock
from desk.messages.tables import deliveries
from desk.reports.periods import period_of
from desk.reports.queries import Narrow, sla_report
from desk.sla import handlers, queries
from desk.sla.rules import Metric
from desk.sla.tables import sla_clocks
from tests.bot.paper_desk import PaperDesk

PARIS = ZoneInfo("Europe/Paris")
FRIDAY_16 = datetime(2026, 3, 27, 16, tzinfo=PARIS)  # the clocks go forward on Sunday
MONDAY_12 = datetime(2026, 3, 30, 12, tzinfo=PARIS)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    clock.move_to(FRIDAY_16)
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    in_paris = Config(calendars={"office": Calendar(zone="Europe/Paris")})
    await database.write(setup.apply, in_paris, now=clock.now())
    async with paper.working(), minding_promises(paper):
        yield paper


@asynccontextmanager
async def minding_promises(paper: PaperDesk) -> AsyncIterator[None]:
    """Let promises follow the event log, as in a running desk."""

    def handle(c: Connection, event: log.Event) -> None:
        handlers.on_event(c, event, now=paper.clock.now())

    reading = asyncio.create_task(follow(paper.db, "sla", handle, clock=paper.clock))
    try:
        yield
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def clocks_run(c: Connection) -> bool:
    return len(c.scalars(select(sla_clocks.c.id)).all()) == 2


def everything_left(c: Connection) -> bool:
    states = c.scalars(select(deliveries.c.state)).all()
    return bool(states) and set(states) == {"accepted"}


async def ada_writes(desk: PaperDesk) -> int:
    await desk.arrive("1", said("m1", "The printer is on fire"))
    await desk.until(clocks_run)
    (case,) = await desk.cases()
    return case.id


async def first_answer(desk: PaperDesk, case_id: int) -> queries.ClockView:
    clocks = await desk.db.read(queries.clocks_of, case_id, desk.clock.now())
    return next(clock for clock in clocks if clock.metric is Metric.FIRST_RESPONSE)


def told(c: Connection, case_id: int) -> list[datetime]:
    return [event.at for event in log.of_case(c, case_id, kinds=["sla.breached"])]


async def test_nobody_answers_and_the_promise_breaks_on_monday_to_the_second(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    case_id = await ada_writes(desk)
    assert (await first_answer(desk, case_id)).due_at == MONDAY_12
    keeper = Timekeeper(desk.db, clock, {}, timedelta(days=4))

    clock.move_to(MONDAY_12 - MOMENT)
    await keeper.sweep_promises()
    assert (await first_answer(desk, case_id)).state == "running"

    clock.move_to(MONDAY_12)
    await asyncio.gather(*(keeper.sweep_promises() for _ in range(3)))
    broken = await first_answer(desk, case_id)
    assert (broken.state, broken.breached_at, broken.ended_at) == ("breached", MONDAY_12, None)
    assert await desk.db.read(told, case_id) == [MONDAY_12]

    week = period_of(clock.now(), "Europe/Paris", 7)
    report = await desk.db.read(sla_report, week, Narrow())
    assert (report.late_now, report.metrics[0].attainment.share) == (1, 0.0)


async def test_an_answer_that_leaves_in_the_last_moment_keeps_it(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    case_id = await ada_writes(desk)
    clock.move_to(MONDAY_12 - MOMENT)
    await desk.answer(case_id, "Water is on its way.")
    await desk.until(everything_left)
    clock.move_to(MONDAY_12)
    await Timekeeper(desk.db, clock, {}, timedelta(days=4)).sweep_promises()
    kept = await first_answer(desk, case_id)
    assert (kept.state, kept.ended_at) == ("met", MONDAY_12 - MOMENT)
    assert await desk.db.read(told, case_id) == []
