"""What a hub says each morning: how much waits there, and for what first."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from bot.hub.queries import serves
from bot.hub.rules import Hub
from desk.cases.rules import ACTIVE
from desk.cases.tables import cases
from desk.db import jobs
from desk.ports.hub import HubLine
from desk.ports.messages import Author, AuthorKind
from desk.queues.tables import queues
from desk.sla import queries as sla
from desk.sla.hours import BusinessHours
from desk.sla.tables import sla_clocks

DIGEST = "hub-digest"  # the kind of job: one for each place, due on its next morning


def plan(c: Connection, hubs: Iterable[Hub], at: time, *, now: datetime) -> None:
    """Let each place hear on its next morning; one that is planned already stays so."""
    due = next_morning(now, at, hours(c).zone)
    for hub in hubs:
        payload = {"place": hub.place, "team": hub.team}
        key = f"{hub.inbox} {hub.place}"
        jobs.enqueue(c, DIGEST, payload, due_at=due, lane=hub.inbox, key=key)


def hours(c: Connection) -> BusinessHours:
    """Return when the desk is open: the hours of its first queue."""
    first = c.scalar(select(queues.c.calendar_id).order_by(queues.c.id).limit(1))
    return sla.hours_by_id(c)(first)


def next_morning(now: datetime, at: time, zone: tzinfo) -> datetime:
    """Return when the clock on the wall next shows `at`."""
    here = now.astimezone(zone)
    today = datetime.combine(here.date(), at, zone)
    due = today if today > here else datetime.combine(here.date() + timedelta(days=1), at, zone)
    return due.astimezone(UTC)


def line(c: Connection, asked: Mapping[str, str], url: str, *, now: datetime) -> HubLine | None:
    """Return what a place hears of its team's cases; None on closed days, and when none waits."""
    office = hours(c)
    if not office.spans_on(now.astimezone(office.zone).date()):
        return None
    ids = [one for one in c.scalars(select(queues.c.id)) if serves(c, asked["team"], one)]
    waits = and_(
        cases.c.status.in_([status.value for status in ACTIVE]),
        cases.c.queue_id.in_(ids),
        cases.c.with_bot.is_(False),
        cases.c.merged_into_id.is_(None),
    )
    row = c.execute(select(*_counts(now)).where(waits)).one()
    if not row.open:
        return None
    oldest = c.execute(
        select(cases.c.number, cases.c.unanswered_since)
        .where(waits, cases.c.unanswered_since.is_not(None))
        .order_by(cases.c.unanswered_since)
        .limit(1)
    ).one_or_none()
    text = _words(row, oldest, url, now)
    author = Author(kind=AuthorKind.SYSTEM, name="")
    return HubLine(key=f"digest:{asked['place']}:{now:%Y-%m-%d}", text=text, author=author)


def _counts(now: datetime) -> list[ColumnElement[int]]:
    late = exists().where(
        sla_clocks.c.case_id == cases.c.id,
        sla_clocks.c.breached_at.is_not(None),
        sla_clocks.c.ended_at.is_(None),
    )
    soon = exists().where(
        sla_clocks.c.case_id == cases.c.id,
        sla_clocks.c.breached_at.is_(None),
        sla_clocks.c.due_at <= now + timedelta(hours=24),
    )
    return [
        func.count().label("open"),
        func.count().filter(cases.c.assignee_id.is_(None)).label("free"),
        func.count().filter(late).label("late"),
        func.count().filter(soon).label("soon"),
    ]


def _words(row: Any, oldest: Any, url: str, now: datetime) -> str:
    parts = [f"{row.free} without an agent", f"{row.late} late", f"{row.soon} due within 24 hours"]
    said = [f"☀️ **{row.open} open**: {', '.join(parts)}."]
    if oldest is not None:
        hours = int((now - oldest.unanswered_since).total_seconds() // 3600)
        since = f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
        number = f"[#{oldest.number}]({url}/workspace/{oldest.number})"
        said.append(f"{number} has waited longest for an answer: {since}.")
    return " ".join(said)
