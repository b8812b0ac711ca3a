"""Durable jobs: one table, the same statements on both engines; leases fenced by tokens."""

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from desk.db.tables import jobs
from desk.db.turns import room
from desk.db.upsert import insert_new
from desk.kit.errors import Conflict

_older = jobs.alias("older")


class Job(Struct, frozen=True, kw_only=True):
    """One piece of work, leased to whoever holds `token`."""

    id: int
    kind: str
    lane: str
    order_key: str
    key: str | None
    payload: Any
    due_at: datetime
    attempts: int  # this one included, so 1 at the first
    token: str


def enqueue(
    c: Connection,
    kind: str,
    payload: Any,
    *,
    due_at: datetime,
    lane: str = "",
    order_key: str = "",
    key: str | None = None,
) -> bool:
    """Add a job; return False when an unfinished one of this kind has the same `key`.

    Jobs of a kind with the same `order_key` are worked one after the other in the order they
    were added, also when one of them has to wait for its next try. A `lane` is what a runner
    may leave out (an inbox that is switched off).
    """
    if order_key:
        _keep_order(c, kind, order_key)
    values = {
        "kind": kind,
        "lane": lane,
        "order_key": order_key,
        "key": key,
        "payload": payload,
        "due_at": due_at,
        "attempts": 0,
    }
    return insert_new(c, jobs, values, ["kind", "key"])


def claim(
    c: Connection,
    kind: str,
    *,
    limit: int,
    lease: timedelta,
    now: datetime,
    lanes: Collection[str] | None = None,
) -> list[Job]:
    """Lease up to `limit` jobs that are due, oldest first; None for `lanes` means all lanes.

    A job whose lease ran out (its worker died) is due again. Call it in a write unit.
    """
    due = (
        select(jobs.c.id)
        .where(_is_first(kind, lanes), jobs.c.due_at <= now, _is_free(now))
        .order_by(jobs.c.due_at, jobs.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=jobs)
        .cte("due")
    )
    statement = (
        update(jobs)
        .where(jobs.c.id.in_(select(due.c.id)))
        .values(lease_until=now + lease, token=secrets.token_hex(8), attempts=jobs.c.attempts + 1)
        .returning(jobs)
    )
    found = [_job(row) for row in c.execute(statement)]
    return sorted(found, key=lambda job: (job.due_at, job.id))


def claim_in_turn(
    c: Connection,
    kind: str,
    running: Mapping[str, int],
    *,
    places: int,
    lease: timedelta,
    now: datetime,
) -> list[Job]:
    """Lease what is due for the places that are free, shared between lanes as turns.py has it.

    `running` tells how much each lane has under way; nothing is claimed in other lanes.
    """
    found: list[Job] = []
    held = dict(running)
    for lane in sorted(running, key=lambda one: running[one]):
        open_to = room(held, places)
        share = -(-sum(open_to.values()) // max(1, sum(1 for more in open_to.values() if more)))
        most = min(open_to[lane], share)
        taken = claim(c, kind, limit=most, lease=lease, now=now, lanes=[lane]) if most else []
        held[lane] += len(taken)
        found += taken
    return found


def finish(c: Connection, job: Job) -> bool:
    """Take a done job off the list, in the unit that keeps its effects.

    Returns False when the lease was lost: another worker has the job, so raise and let go of
    the effects.
    """
    return c.execute(delete(jobs).where(*_held(job))).rowcount == 1


def conclude(c: Connection, job: Job) -> None:
    """Finish a job, in the unit that keeps its effects.

    Raises:
        Conflict: the lease was lost: another worker has the job, and nothing is kept here.
    """
    if not finish(c, job):
        raise Conflict(f"The lease of this {job.kind} was lost.")


def retry(c: Connection, job: Job, *, due_at: datetime) -> bool:
    """Give the job back, due at `due_at`. False: the lease was lost, nothing changed."""
    values = {"due_at": due_at, "lease_until": None, "token": None}
    return c.execute(update(jobs).where(*_held(job)).values(values)).rowcount == 1


def extend(c: Connection, job: Job, *, until: datetime) -> bool:
    """Keep the job until `until`. False: the lease was lost, nothing changed."""
    return c.execute(update(jobs).where(*_held(job)).values(lease_until=until)).rowcount == 1


def cancel(c: Connection, kind: str, key: str) -> bool:
    """Remove a job by its key; return whether there was one. A worker of it loses its lease."""
    return c.execute(delete(jobs).where(jobs.c.kind == kind, jobs.c.key == key)).rowcount == 1


def hasten(c: Connection, kind: str, key: str, *, due_at: datetime) -> None:
    """Bring forward a job that waits for a later time; one that is under way goes on."""
    waits = (jobs.c.kind == kind, jobs.c.key == key, jobs.c.due_at > due_at)
    c.execute(update(jobs).where(*waits, jobs.c.token.is_(None)).values(due_at=due_at))


def next_due(c: Connection, kind: str, lanes: Collection[str] | None = None) -> datetime | None:
    """Return when the next job can be claimed (perhaps long ago), None when there is none.

    A leased job counts with the end of its lease; one that waits behind another does not count.
    """
    first = _is_first(kind, lanes)
    waiting = (
        select(jobs.c.due_at)
        .where(first, jobs.c.lease_until.is_(None))
        .order_by(jobs.c.due_at)
        .limit(1)
    )
    leased = select(func.min(jobs.c.lease_until)).where(first, jobs.c.lease_until.is_not(None))
    times = [c.execute(waiting).scalar(), c.execute(leased).scalar()]
    return min((at for at in times if at is not None), default=None)


class Backlog(Struct, frozen=True):
    """Jobs of one lane that are not done: how many, and since when the oldest is due."""

    count: int
    oldest: datetime


def backlog(c: Connection, kind: str) -> dict[str, Backlog]:
    """Return the unfinished jobs of a kind by lane; lanes without any are left out."""
    query = select(jobs.c.lane, func.count(), func.min(jobs.c.due_at)).where(jobs.c.kind == kind)
    rows = c.execute(query.group_by(jobs.c.lane))
    return {lane: Backlog(count, oldest) for lane, count, oldest in rows}


def reclaim(c: Connection) -> int:
    """End every lease and return how many there were.

    Only at the start of the one process that uses an SQLite file: whoever held a lease is dead.
    """
    values = {"lease_until": None, "token": None}
    leased = jobs.c.lease_until.is_not(None)
    return c.execute(update(jobs).where(leased).values(values)).rowcount


def _keep_order(c: Connection, kind: str, order_key: str) -> None:
    """Make transactions that add to one order key commit one after the other.

    Otherwise, on PostgreSQL, an older id could appear after a younger one was claimed, and two
    jobs of one conversation would run at once.
    """
    if c.dialect.name != "sqlite":
        key = func.hashtextextended(f"{kind}:{order_key}", 0)
        c.execute(select(func.pg_advisory_xact_lock(key)))


def _is_first(kind: str, lanes: Collection[str] | None) -> ColumnElement[bool]:
    """Whether a job of this kind has none before it in its order, and is in one of the lanes."""
    before = exists().where(
        _older.c.kind == jobs.c.kind,
        _older.c.order_key == jobs.c.order_key,
        _older.c.order_key != "",
        _older.c.id < jobs.c.id,
    )
    first = and_(jobs.c.kind == kind, or_(jobs.c.order_key == "", ~before))
    return first if lanes is None else and_(first, jobs.c.lane.in_(sorted(lanes)))


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= now)


def _held(job: Job) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return jobs.c.id == job.id, jobs.c.token == job.token


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        lane=row.lane,
        order_key=row.order_key,
        key=row.key,
        payload=row.payload,
        due_at=row.due_at,
        attempts=row.attempts,
        token=row.token,
    )
