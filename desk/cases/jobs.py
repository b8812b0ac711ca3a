"""What time does to cases: a resolved one closes by itself."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from desk.cases.actions import lock, move
from desk.cases.rules import CLOSE_AFTER, Status, closes_at
from desk.cases.tables import cases
from desk.events.actors import SYSTEM

BATCH = 200


def close_resolved(c: Connection, *, now: datetime, after: timedelta = CLOSE_AFTER) -> int:
    """Close what has been resolved for `after`; return how many. Call again while any are."""
    due = c.scalars(
        select(cases.c.id)
        .where(cases.c.status == Status.RESOLVED.value, cases.c.resolved_at <= now - after)
        .order_by(cases.c.resolved_at)
        .limit(BATCH)
    ).all()
    for case_id in due:
        row = lock(c, case_id)
        if row.status == Status.RESOLVED and closes_at(row.resolved_at, after) <= now:
            move(c, row, Status.CLOSED, actor=SYSTEM, now=now)
    return len(due)
