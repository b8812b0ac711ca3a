"""The clocks of a case on the record: started, paused, met, warned, broken once."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, update

from desk.cases import actions as cases
from desk.cases.rules import Priority, Status
from desk.db.engine import Database
from desk.events.actors import agent
from desk.kit.clock import FrozenClock
from desk.kit.errors import Invalid
from desk.queues import actions as queues
from desk.sla import actions as sla
from desk.sla import queries
from desk.sla.calendars import business_hours
from desk.sla.hours import working_time
from desk.sla.jobs import next_due, recompute, sweep
from desk.sla.queries import ClockView
from desk.sla.rules import Metric
from desk.sla.tables import sla_clocks, sla_policies
from tests.desk.small_desk import OFFICE, Desk, answer, come, furnish, promise_of, pump, told, write

PARIS = ZoneInfo("Europe/Paris")
FRIDAY = datetime(2026, 3, 27, 16, tzinfo=PARIS)  # the clocks go forward on Sunday
MONDAY = datetime(2026, 3, 30, tzinfo=PARIS)
HOUR = timedelta(hours=1)


def hm(hour: int, minute: int = 0, second: int = 0) -> timedelta:
    return timedelta(hours=hour, minutes=minute, seconds=second)


async def look(db: Database, case_id: int, metric: Metric, now: datetime) -> ClockView:
    clocks = await db.read(queries.clocks_of, case_id, now)
    return next(clock for clock in clocks if clock.metric is metric)


async def first(db: Database, case_id: int, now: datetime) -> ClockView:
    return await look(db, case_id, Metric.FIRST_RESPONSE, now)


async def test_ada_writes_on_friday_and_the_breach_comes_on_monday_to_the_second(
    database: Database,
) -> None:
    clock = FrozenClock(FRIDAY)
    desk = await database.write(furnish, clock.now())
    case_id = await database.write(write, desk, clock.now())
    await pump(database, clock.now())
    due = MONDAY + hm(12)  # Friday 16-17, Monday 9-12
    assert (await first(database, case_id, clock.now())).due_at == due

    clock.move_to(MONDAY + hm(12) - timedelta(microseconds=1))
    await database.write(sweep, clock.now())
    assert (await first(database, case_id, clock.now())).state == "running"
    clock.move_to(due)
    await database.write(sweep, clock.now())
    broken = await first(database, case_id, clock.now())
    assert (broken.state, broken.breached_at, broken.left_s) == ("breached", due, 0.0)
    assert await database.read(told, case_id, "sla.breached") == [("sla.breached", due)]
    assert await database.write(sweep, clock.now()) == 0


async def test_the_timekeeper_is_told_when_to_look_next(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    assert await database.read(next_due) is None
    await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)
    half_of_four_hours = MONDAY + hm(10)
    assert await database.read(next_due) == half_of_four_hours


async def test_warnings_come_once_each_at_their_share_of_the_time(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)
    seen = []
    while (at := await database.read(next_due)) is not None and at < MONDAY + hm(12):
        seen.append(at)
        await database.write(sweep, at)
    assert seen == [MONDAY + hm(10), MONDAY + hm(11), MONDAY + hm(11, 36)]
    warned = await database.read(told, case_id, "sla.warned")
    assert [at for _, at in warned] == seen


async def test_an_answer_in_time_meets_the_clock(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)
    await database.write(answer, case_id, desk.bob_id, FRIDAY + hm(0, 30))
    await pump(database, FRIDAY + hm(0, 30))
    met = await first(database, case_id, FRIDAY + hm(1))
    assert (met.state, met.ended_at, met.left_s) == ("met", FRIDAY + hm(0, 30), 3.5 * 3600)
    story = [kind for kind, _ in await database.read(told, case_id)]
    assert [kind for kind in story if kind.startswith("clock.")] == [
        "clock.started",
        "clock.started",
        "clock.met",
        "clock.paused",  # a reply leaves the case waiting for Ada
    ]


async def test_an_answer_that_no_handler_has_seen_yet_still_counts_when_the_time_is_up(
    database: Database,
) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)
    await database.write(answer, case_id, desk.bob_id, MONDAY + hm(11, 59, 59))
    await database.write(sweep, MONDAY + hm(12))
    assert (await first(database, case_id, MONDAY + hm(12))).state == "met"
    assert await database.read(told, case_id, "sla.breached") == []


async def test_a_breach_noticed_after_an_outage_keeps_its_true_instant(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)
    await database.write(sweep, MONDAY + hm(12, 5))
    broken = await first(database, case_id, MONDAY + hm(12, 5))
    assert broken.breached_at == MONDAY + hm(12)

    def late(c: Connection) -> object:
        return c.execute(
            select(sla_clocks.c.late_s).where(sla_clocks.c.breached_at.is_not(None))
        ).scalar_one()

    assert await database.read(late) == 300.0


async def test_a_late_answer_ends_the_clock_and_leaves_the_breach(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)
    await database.write(sweep, MONDAY + hm(12))
    await database.write(answer, case_id, desk.bob_id, MONDAY + hm(13, 30))
    await pump(database, MONDAY + hm(13, 30))
    late = await first(database, case_id, MONDAY + hm(14))
    assert (late.state, late.ended_at, late.left_s) == ("breached", MONDAY + hm(13, 30), -5400.0)
    assert await database.read(told, case_id, "clock.met") == []


async def test_waiting_for_ada_stops_the_resolution_clock_until_she_writes(
    database: Database,
) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await database.write(answer, case_id, desk.bob_id, FRIDAY + hm(0, 30))
    await pump(database, FRIDAY + hm(0, 30))
    paused = await look(database, case_id, Metric.RESOLUTION, MONDAY + hm(10))
    assert (paused.state, paused.due_at, paused.left_s) == ("paused", None, 15.5 * 3600)
    await set_status(database, case_id, Status.OPEN, MONDAY + hm(9))
    resumed = await look(database, case_id, Metric.RESOLUTION, MONDAY + hm(9))
    assert resumed.due_at == MONDAY + timedelta(days=1) + hm(16, 30)


async def set_status(db: Database, case_id: int, status: Status, now: datetime) -> None:
    def unit(c: Connection) -> None:
        cases.set_status(c, case_id, status, actor=agent(1), now=now)

    await db.write(unit)
    await pump(db, now)


async def test_a_reopened_case_goes_on_with_what_was_left(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await set_status(database, case_id, Status.RESOLVED, FRIDAY + hm(0, 30))
    done = await look(database, case_id, Metric.RESOLUTION, MONDAY)
    assert (done.state, done.ended_at) == ("met", FRIDAY + hm(0, 30))
    await set_status(database, case_id, Status.OPEN, MONDAY + hm(9))
    going = await look(database, case_id, Metric.RESOLUTION, MONDAY + hm(9))
    assert (going.state, going.ended_at, going.left_s) == ("running", None, 15.5 * 3600)


async def test_an_agent_s_own_case_owes_nobody_a_first_answer(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY, by=agent(desk.alice_id))
    await pump(database, FRIDAY)
    clocks = await database.read(queries.clocks_of, case_id, FRIDAY)
    assert [clock.metric for clock in clocks] == [Metric.RESOLUTION]


async def test_a_more_urgent_case_is_due_sooner(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)

    def unit(c: Connection) -> None:
        cases.set_priority(c, case_id, Priority.URGENT, actor=agent(1), now=FRIDAY + hm(0, 20))

    await database.write(unit)
    await pump(database, FRIDAY + hm(0, 20))
    assert (await first(database, case_id, FRIDAY + hm(0, 20))).due_at == FRIDAY + HOUR


async def test_a_holiday_added_later_moves_what_is_due(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)

    def close_on_monday(c: Connection) -> None:
        queues.define_calendar(c, "Office", "Europe/Paris", OFFICE, {"2026-03-30": []})

    await database.write(close_on_monday)
    assert await database.write(recompute, FRIDAY) == case_id
    assert await database.write(recompute, FRIDAY, case_id) is None
    due = (await first(database, case_id, FRIDAY)).due_at
    assert due == MONDAY + timedelta(days=1) + hm(12)


async def test_a_changed_policy_replaces_the_target_and_keeps_the_time_spent(
    database: Database,
) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)
    await database.write(sla.define_policy, promise_of({Priority.NORMAL: 2}))
    await database.write(recompute, FRIDAY + hm(0, 30))
    clock = await first(database, case_id, FRIDAY + hm(0, 30))
    assert (clock.due_at, clock.left_s) == (MONDAY + hm(10), 1.5 * 3600)


async def test_the_same_policy_again_is_no_new_version(database: Database) -> None:
    def versions(c: Connection) -> list[int]:
        return [
            c.execute(select(sla_policies.c.version)).scalar_one()
            for draft in (promise_of({}), promise_of({}), promise_of({Priority.LOW: 8}))
            if sla.define_policy(c, draft)
        ]

    assert await database.write(versions) == [1, 1, 2]


async def test_the_chip_knows_when_to_turn_amber_and_red(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)
    clock = await first(database, case_id, FRIDAY)
    assert (clock.amber_at, clock.red_at) == (MONDAY + hm(11), MONDAY + hm(11, 36))


async def test_many_sweeps_at_once_tell_each_breach_once(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    case_ids = [await database.write(write, desk, FRIDAY) for _ in range(12)]
    await pump(database, FRIDAY)
    late = MONDAY + hm(12, 0, 30)
    await asyncio.gather(*(database.write(sweep, late, 5) for _ in range(8)))
    while await database.write(sweep, late, 5):
        pass
    for case_id in case_ids:
        assert len(await database.read(told, case_id, "sla.breached")) == 1


async def test_the_owner_at_the_breach_is_remembered(database: Database) -> None:
    desk = await database.write(furnish, FRIDAY)
    await database.write(come, desk.bob_id, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY, route=True)
    await database.write(sweep, MONDAY + hm(12))

    def owner(c: Connection) -> object:
        return c.execute(
            select(sla_clocks.c.owner_id).where(
                sla_clocks.c.case_id == case_id, sla_clocks.c.breached_at.is_not(None)
            )
        ).scalar_one()

    assert await database.read(owner) == desk.bob_id


async def test_a_cache_that_was_lost_is_made_again_from_the_facts(database: Database) -> None:
    desk: Desk = await database.write(furnish, FRIDAY)
    case_id = await database.write(write, desk, FRIDAY)
    await pump(database, FRIDAY)
    before = await database.read(queries.clocks_of, case_id, FRIDAY)

    def spoil(c: Connection) -> None:
        c.execute(update(sla_clocks).values(due_at=FRIDAY, spent_us=5, since=FRIDAY - HOUR))

    await database.write(spoil)
    await database.write(sweep, FRIDAY)
    assert await database.read(queries.clocks_of, case_id, FRIDAY) == before


def test_public_holidays_of_a_country_close_the_desk() -> None:
    hours = business_hours("Europe/Madrid", OFFICE, {"ES": [], "2026-10-12": [["09:00", "10:00"]]})
    year = working_time(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC), hours)
    assert year == timedelta()  # a Friday, and the weekend after it
    special = datetime(2026, 10, 12, tzinfo=UTC)
    assert working_time(special, special + hm(24), hours) == HOUR


@pytest.mark.parametrize(
    ("zone", "weekly", "special"),
    [
        ("Mars/Olympus", {}, {}),
        ("UTC", {"8": []}, {}),
        ("UTC", {"1": [["9", "late"]]}, {}),
        ("UTC", {"1": ["09:00"]}, {}),
        ("UTC", {}, {"2026-02-30": []}),
        ("UTC", {}, {"02-31": []}),
        ("UTC", {}, {"Atlantis": []}),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(
    zone: str, weekly: dict[str, object], special: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        business_hours(zone, weekly, special)
