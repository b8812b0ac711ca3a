"""The promise report: one number everywhere, figures checked by hand, exports that run nothing."""

import csv
import io
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from desk.cases.rules import Priority
from desk.cases.tables import cases
from desk.db.engine import Database
from desk.db.sqlite import SqliteDatabase
from desk.http import Role
from desk.kit.errors import Invalid
from desk.reports import api, pages, queries, words
from desk.reports.breaches import breaches
from desk.reports.charts import WIDTH, bar_chart
from desk.reports.measures import attainment, times
from desk.reports.periods import period_of
from desk.reports.queries import Narrow
from desk.reports.sheet import csv_bytes
from desk.routing.api import SLOTS as SLOTS_KEY
from desk.sla import api as sla_api
from desk.sla.jobs import sweep
from desk.web.app import Shell
from tests.desk.served import Served, served
from tests.desk.small_desk import SLOTS, Desk, answer, furnish, pump, write

PARIS = ZoneInfo("Europe/Paris")
FRIDAY = datetime(2026, 11, 20, 10, tzinfo=PARIS)
NOON = datetime(2026, 11, 23, 10, tzinfo=PARIS)  # the clock of the served desk stands here
HOUR = timedelta(hours=1)


async def a_week(db: Database) -> Desk:
    """Let three be answered in time, one late, one not at all; a sixth is still in time."""
    desk = await db.write(furnish, FRIDAY)
    kept = [await db.write(write, desk, FRIDAY, channel="email") for _ in range(3)]
    late = await db.write(write, desk, FRIDAY, channel="chat", priority=Priority.URGENT)
    await db.write(write, desk, FRIDAY, channel="email", priority=Priority.URGENT)
    await pump(db, FRIDAY)
    for case_id in kept:
        await db.write(answer, case_id, desk.bob_id, FRIDAY + 0.5 * HOUR)
    await pump(db, FRIDAY + 0.5 * HOUR)
    await db.write(sweep, FRIDAY + HOUR)
    await db.write(answer, late, desk.alice_id, FRIDAY + 3 * HOUR)
    await db.write(write, desk, FRIDAY + 5 * HOUR)
    await pump(db, FRIDAY + 6 * HOUR)
    await db.write(sweep, NOON)
    return desk


def subject(c: Connection, text: str) -> None:
    c.execute(update(cases).values(subject=text))


@asynccontextmanager
async def reporting(db: Database) -> AsyncIterator[Served]:
    await a_week(db)
    here = Path(pages.__file__).parent
    shell = Shell(
        routes=[api.routes, pages.routes, sla_api.routes],
        templates=[here / "templates"],
        static=[here / "static"],
    )

    def prepare(app: web.Application) -> None:
        app[SLOTS_KEY] = SLOTS

    async with served(db, shell, prepare=prepare) as running:
        yield running


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Served]:
    async with reporting(database) as running:
        yield running


@pytest.fixture
async def small(sqlite: SqliteDatabase) -> AsyncIterator[Served]:
    async with reporting(sqlite) as running:
        yield running


async def test_kept_and_broken_are_counted_and_open_late_ones_are_broken(
    database: Database,
) -> None:
    await a_week(database)
    period = period_of(NOON, "Europe/Paris", 7)
    report = await database.read(queries.sla_report, period, Narrow())
    first = report.metrics[0]
    assert first.attainment == attainment(kept=3, broken=2, still_open=1)
    assert first.attainment.share == 0.6
    by = {group.by: group for group in first.groups}
    assert {line.name: line.attainment.share for line in by["channel"].lines} == {
        "chat": 0.0,
        "email": 0.75,
    }
    assert [line.key for line in by["priority"].lines] == ["urgent", "normal"]
    assert {line.name for line in by["agent"].lines} == {"nobody", "Bob"}
    assert (first.working.count, first.working.p50_s, first.working.p99_s) == (4, 1800, 10800)
    assert (report.late_now, report.at_risk) == (1, 1)


async def test_filters_narrow_every_figure(database: Database) -> None:
    desk = await a_week(database)
    period = period_of(NOON, "Europe/Paris", 7)
    narrow = Narrow(channel="chat", priority="urgent", queue_id=desk.queue_id)
    report = await database.read(queries.sla_report, period, narrow)
    assert report.metrics[0].attainment == attainment(kept=0, broken=1)
    assert (report.late_now, report.metrics[0].working.count) == (0, 1)
    elsewhere = await database.read(queries.sla_report, period, Narrow(queue_id=99))
    assert elsewhere.metrics[0].attainment.share is None


async def test_the_period_before_is_told_apart(database: Database) -> None:
    await a_week(database)
    monday = period_of(NOON, "Europe/Paris", 3, date(2026, 11, 21), date(2026, 11, 23))
    report = await database.read(queries.sla_report, monday, Narrow())
    assert report.metrics[0].attainment == attainment(kept=0, broken=0)
    assert report.metrics[0].before == attainment(kept=3, broken=2, still_open=1)


async def test_the_list_of_breaches_says_how_far_over_each_one_went(database: Database) -> None:
    await a_week(database)
    period = period_of(NOON, "Europe/Paris", 7)
    found = await database.read(breaches, period, Narrow(), NOON)
    assert [(one.channel, one.over_s, one.is_open) for one in found] == [
        ("email", 7 * 3600, True),  # Friday 11-17 and Monday 9-10
        ("chat", 2 * 3600, False),
    ]
    first = await database.read(breaches, period, Narrow(), NOON, limit=1)
    rest = await database.read(
        breaches, period, Narrow(), NOON, before=(first[0].breached_at, first[0].id)
    )
    assert [*first, *rest] == found


async def test_page_csv_and_api_show_the_same_number(desk: Served) -> None:
    sam = await desk.client(Role.SUPERVISOR)
    async with sam.get("/api/v1/reports/sla?days=7") as reply:
        figures = await reply.json()
    async with sam.get("/reports/sla?days=7&channel=") as reply:
        text = await reply.text()
        assert reply.status == 200, text
    async with sam.get("/reports/sla.csv?days=7") as reply:
        rows = list(csv.DictReader(io.StringIO((await reply.read()).decode("utf-8-sig"))))
    told = figures["metrics"][0]["attainment"]
    assert (told["kept"], told["broken"], told["share"]) == (3, 2, 0.6)
    assert "60 %" in text
    assert "3 of 5" in text
    for row in rows:
        assert f'href="/workspace/{row["case"].removeprefix("#")}"' in text
    assert len(rows) == told["broken"]
    assert {row["policy"] for row in rows} == {"Everybody"}


async def test_only_supervisors_see_reports(small: Served) -> None:
    alice = await small.client(Role.AGENT)
    for address in ("/reports/sla", "/reports/sla.csv", "/api/v1/reports/sla"):
        async with alice.get(address) as reply:
            assert reply.status == 403


@pytest.mark.parametrize(
    "asked",
    ["days=8", "first=2026-02-30", "first=2026-03-02&last=2026-03-01", "after=x", "queue=x"],
)
async def test_a_question_that_makes_no_sense_is_refused(small: Served, asked: str) -> None:
    sam = await small.client(Role.SUPERVISOR)
    async with sam.get(f"/api/v1/reports/sla/breaches?{asked}") as reply:
        assert reply.status == 422
        assert (await reply.json())["detail"]


async def test_nothing_a_customer_writes_becomes_a_formula_or_markup(small: Served) -> None:
    await small.db.write(subject, "=1+1<script>")
    sam = await small.client(Role.SUPERVISOR)
    async with sam.get("/reports/sla?days=7") as reply:
        assert "<script>" not in await reply.text()
    async with sam.get("/reports/sla.csv?days=7") as reply:
        rows = list(csv.DictReader(io.StringIO((await reply.read()).decode("utf-8-sig"))))
    assert {row["subject"] for row in rows} == {"'=1+1<script>"}


def test_a_few_answers_tell_nothing_of_all_customers() -> None:
    assert words.between(0.301, 0.954, 4) == "too few to tell"
    assert words.between(0.301, 0.954, 10) == "30 % to 95 %"
    assert words.between(None, None, 0) == words.NOTHING


@given(seconds=st.lists(st.floats(0, 1e7), min_size=1))
def test_a_percentile_is_a_time_that_occurred_and_enough_are_below(seconds: list[float]) -> None:
    told = times(seconds)
    for rank, value in ((50, told.p50_s), (90, told.p90_s), (99, told.p99_s)):
        assert value in seconds
        below = sum(one <= value for one in seconds if value is not None)
        assert below >= math.ceil(len(seconds) * rank / 100)


@given(kept=st.integers(0, 10_000), broken=st.integers(0, 10_000))
def test_a_share_is_never_rounded_to_all_or_nothing(kept: int, broken: int) -> None:
    told = attainment(kept, broken)
    shown = words.share(told.share)
    assert (shown == "100 %") == (broken == 0 and kept > 0)
    assert (shown == "0 %") == (kept == 0 and broken > 0)
    (bar,) = bar_chart("x", [("a", told)]).bars
    assert math.isclose(bar.kept_width + bar.broken_width, WIDTH if kept + broken else 0)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "\N{EN DASH}"),
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3599.6, "1 h"),
        (7500, "2 h 5 min"),
        (3 * 86_400 + 4 * 3600, "3 d 4 h"),
    ],
)
def test_durations_read_in_their_two_largest_units(seconds: float | None, shown: str) -> None:
    assert words.duration(seconds) == shown


@example(cells=["\uff1d1+1", "\n=1+1"])
@given(cells=st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_no_cell_starts_a_formula(cells: list[str]) -> None:
    text = csv_bytes(["cell"], [[cell] for cell in cells]).decode("utf-8-sig")
    rows: list[Any] = list(csv.reader(io.StringIO(text, newline="")))[1:]
    runs = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    assert all(not row or not row[0].startswith(runs) for row in rows)


def test_a_day_with_a_clock_change_is_as_long_as_it_was() -> None:
    day = period_of(datetime(2026, 10, 25, 12, tzinfo=UTC), "Europe/Paris", 1, date(2026, 10, 25))
    assert day.until - day.since == timedelta(hours=25)
    assert day.before.until == day.since


@pytest.mark.parametrize(
    "asked",
    [
        {"last": date.min},
        {"first": date.min, "last": date.min},
        {"last": date(1, 1, 5)},
        {"last": date.max},
        {"first": date.max, "last": date.max},
    ],
)
def test_a_period_at_the_edge_of_the_calendar_is_refused(asked: dict[str, date]) -> None:
    with pytest.raises(Invalid, match="1970 to 9000"):
        period_of(NOON, "Pacific/Apia", 30, **asked)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Havana", date(2026, 3, 8), 23),  # midnight is skipped
        ("America/Havana", date(2026, 11, 1), 25),  # midnight comes twice
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("Pacific/Apia", date(2011, 12, 30), 0),  # a day that never was
    ],
)
def test_every_instant_lies_in_one_day_of_a_report(zone: str, day: date, hours: int) -> None:
    period = period_of(NOON, zone, 1, day, day)
    assert period.until - period.since == hours * HOUR
    assert period.before.until == period.since


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Invalid):
        period_of(NOON, "UTC", 7, date(2026, 3, 2), date(2026, 3, 1))


async def test_the_wallboard_shows_what_waits_and_who_is_here(desk: Served) -> None:
    sam = await desk.client(Role.SUPERVISOR)
    async with sam.get("/api/v1/wallboard") as reply:
        board = await reply.json()
    (queue,) = board["queues"]
    assert (queue["name"], queue["open"], queue["waiting"]) == ("Support", 6, 2)
    assert (queue["late"], queue["at_risk"]) == (1, 1)
    assert {one["presence"] for one in board["agents"]} == {"offline"}
    assert (board["received"], board["answered"]) == (0, 0)
    async with sam.get("/wallboard") as reply:
        text = await reply.text()
        assert reply.status == 200
    assert "Nobody is here" in text
    alice = await desk.client(Role.AGENT)
    async with alice.get("/wallboard") as reply:
        assert reply.status == 403


async def test_the_clocks_of_cases_are_read_in_one_call(desk: Served) -> None:
    alice = await desk.client(Role.AGENT)
    async with alice.get("/api/v1/cases/1004/clocks") as reply:
        one = await reply.json()
    assert {clock["metric"]: clock["state"] for clock in one} == {
        "first_response": "breached",
        "resolution": "paused",
    }
    case_ids = "&".join(f"case_id={n}" for n in range(1, 8))
    async with alice.get(f"/api/v1/clocks?{case_ids}") as reply:
        many = await reply.json()
    assert len(many) == 12
    assert one[0] in many
    async with alice.get("/api/v1/cases/4711/clocks") as reply:
        assert reply.status == 404


async def test_each_figure_says_what_it_means(small: Served) -> None:
    alice = await small.client(Role.AGENT)
    async with alice.get("/api/v1/reports/measures") as reply:
        told = {one["key"]: one for one in await reply.json()}
    assert told["attainment"]["formula"] == "kept ÷ (kept + broken)"
    assert all(one["definition"].endswith(".") for one in told.values())
