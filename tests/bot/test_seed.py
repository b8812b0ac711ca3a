"""A seeded desk is one that could have come about: the same rows, the same next steps."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, select

from bot.config import Config, Storage
from bot.demo import seed_desk
from bot.demo.seed import add_cases, fill
from channels.sandbox.paper import said
from desk.cases import queries, timeline
from desk.cases.queries import Filter
from desk.cases.rules import Status
from desk.cases.tables import cases, episodes
from desk.customers.tables import customers, identities
from desk.db import search
from desk.db.engine import Database
from desk.db.tables import jobs
from desk.events import log
from desk.events.tables import cursors, events, events_skipped
from desk.kit.clock import FrozenClock
from desk.messages.tables import deliveries, external_ids, messages
from desk.reports.periods import Period
from desk.reports.queries import Narrow, sla_report
from desk.sla import actions as sla
from desk.sla.tables import sla_clocks
from desk.web import workspace_queries
from tests.bot.paper_desk import PaperDesk, furnish

CONFIG = Config()
CASES = 200


@pytest.fixture
async def seeded(database: Database, clock: FrozenClock) -> Database:
    """A desk with two hundred seeded cases."""
    await database.write(furnish, clock.now())
    await add_cases(database, CONFIG, cases=CASES, seed=1, clock=clock, say=lambda _: None)
    return database


def everything(c: Connection, table: Table) -> list[dict[str, Any]]:
    """Return the rows of a table in the order of their keys."""
    return [dict(row) for row in c.execute(select(table).order_by(*table.primary_key)).mappings()]


async def rows_of(database: Database, table: Table) -> list[dict[str, Any]]:
    return await database.read(everything, table)


async def test_numbers_have_no_gap_and_the_next_message_opens_the_next_case(
    seeded: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    rows = await rows_of(seeded, cases)
    assert [row["number"] for row in rows] == list(range(1001, 1001 + CASES))
    desk = PaperDesk(seeded, clock, tmp_path)
    async with desk.working():
        await desk.arrive("1", said("m1", "Where is my lamp?"))
        await desk.until(lambda c: count(c, cases) > CASES)
    newest = max(await desk.cases(), key=lambda row: row.id)
    assert (newest.number, newest.subject) == (1001 + CASES, "Where is my lamp?")


def count(c: Connection, table: Table) -> int:
    return c.execute(select(func.count()).select_from(table)).scalar_one()


async def test_nobody_answers_last_years_messages(seeded: Database, clock: FrozenClock) -> None:
    before = await seeded.read(count, events)
    latest = await seeded.read(log.latest)
    await seed_desk.catch_up(seeded, CONFIG, clock)
    assert await seeded.read(count, events) == before
    assert await seeded.read(count, jobs) == 0
    assert {(row["xid"], row["seq"]) for row in await rows_of(seeded, cursors)} == {
        (latest.xid, latest.seq)
    }


async def test_what_was_unread_before_is_read_and_not_passed_over(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path)
    await desk.furnish()
    async with desk.working():
        await desk.arrive("1", said("m1", "Where is my lamp?"))
        await desk.until(lambda c: count(c, cases))
    await add_cases(database, CONFIG, cases=10, seed=1, clock=clock, say=lambda _: None)
    hits = await database.read(search.find, "lamp", kinds=[search.CASE])
    assert [hit.id for hit in hits if hit.snippet.startswith("1001")]
    assert await rows_of(database, events_skipped) == []


async def test_the_clocks_are_those_that_the_facts_make(
    seeded: Database, clock: FrozenClock
) -> None:
    clocks, told = await rows_of(seeded, sla_clocks), await seeded.read(count, events)

    def refresh_all(c: Connection) -> None:
        for case_id in c.scalars(select(cases.c.id)).all():
            sla.refresh(c, case_id, now=clock.now())

    await seeded.write(refresh_all)
    assert await rows_of(seeded, sla_clocks) == clocks
    assert await seeded.read(count, events) == told
    assert len({row["state"] for row in clocks}) >= 3


async def test_each_case_says_what_its_messages_and_facts_say(seeded: Database) -> None:
    last: dict[int, dict[str, Any]] = {}
    answered: dict[int, Any] = {}
    for message in await rows_of(seeded, messages):
        assert message["created_at"] >= last.get(message["case_id"], message)["created_at"]
        last[message["case_id"]] = message
        if message["author"] == "agent":
            answered.setdefault(message["case_id"], message["created_at"])
    status: dict[int, str] = {}
    for event in await rows_of(seeded, events):
        if event["kind"] == "case.status_changed":
            assert event["body"]["before"] == status.get(event["case_id"], "new")
            status[event["case_id"]] = event["body"]["after"]
    for row in await rows_of(seeded, cases):
        assert row["status"] == status.get(row["id"], "new")
        assert row["last_message_at"] == last[row["id"]]["created_at"]
        assert row["first_reply_at"] == answered.get(row["id"])
        assert (row["closed_at"] is None) == (row["status"] != "closed")
        assert (row["resolved_at"] is None) == (row["status"] not in ("resolved", "closed"))
    assert len({row["status"] for row in await rows_of(seeded, cases)}) >= 4


async def test_nothing_happens_after_now_and_nothing_refers_to_nothing(
    seeded: Database, clock: FrozenClock
) -> None:
    handles = {row["id"]: row for row in await rows_of(seeded, identities)}
    known = {row["id"] for row in await rows_of(seeded, customers)}
    assert {row["channel"] for row in handles.values()} == {"email", "chat", "telegram", "slack"}
    assert {row["customer_id"] for row in handles.values()} == known
    assert all(row["at"] <= clock.now() for row in await rows_of(seeded, events))
    ids = {(row["inbox"], row["external_id"]) for row in await rows_of(seeded, external_ids)}
    for delivery in await rows_of(seeded, deliveries):
        if delivery["external_id"]:
            assert (delivery["inbox"], delivery["external_id"]) in ids
    for message in await rows_of(seeded, messages):
        assert handles[message["identity_id"]]["channel"] == message["channel"]
    numbered = await seeded.read(count, episodes)
    assert numbered == sum(row["episode"] for row in await rows_of(seeded, cases))


async def test_lists_reports_search_and_timelines_show_it(
    seeded: Database, clock: FrozenClock
) -> None:
    now = clock.now()
    active = await seeded.read(queries.list_cases, Filter())
    page, _ = await seeded.read(workspace_queries.page, "all", 1, None, now)
    assert [row.case.number for row in page.items] == [row.number for row in active][:50]
    period = Period(first=now.date() - timedelta(days=365), last=now.date(), zone="UTC")
    report = await seeded.read(sla_report, period, Narrow())
    assert all(0.3 < (metric.attainment.share or 0) < 1 for metric in report.metrics)
    shown = await seeded.read(timeline.show, active[0].number)
    assert shown.timeline
    for kind in (search.CASE, search.CUSTOMER, search.MESSAGE):
        word = {search.CASE: "order", search.CUSTOMER: "customers", search.MESSAGE: "oak"}[kind]
        assert await seeded.read(search.find, word, kinds=[kind])


async def test_an_answer_to_a_seeded_case_goes_on_its_way(
    seeded: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(seeded, clock, tmp_path)
    desk.alice = 1
    (case, *_) = await seeded.read(queries.list_cases, Filter(statuses=(Status.OPEN, Status.NEW)))
    await desk.answer(case.id, "It arrives tomorrow.")
    (job,) = await rows_of(seeded, jobs)
    assert (job["kind"], job["lane"]) == ("deliver", case.inbox)
    assert (await seeded.read(queries.by_id, case.id)).status == "pending"


async def test_the_same_seed_makes_the_same_desk_and_once_more_makes_another(
    tmp_path: Path,
) -> None:
    lines: list[str] = []
    first, again = [
        Config(storage=Storage(url=f"sqlite:///{tmp_path}/{name}.db", files=str(tmp_path)))
        for name in ("first", "again")
    ]
    added = await fill(first, cases=20, seed=7, say=lines.append)
    assert await fill(again, cases=20, seed=7, say=lines.append) == added
    more = await fill(first, cases=20, seed=7, say=lines.append)
    assert (more.first, more.last) == (1021, 1040)
    assert lines[-1].startswith("Added 20 cases (#1021 to #1040)")
