"""What the timekeeper calls: clocks that fall due, and clocks under terms that changed."""

from datetime import datetime

from sqlalchemy import Connection, select

from desk.sla import queries
from desk.sla.actions import refresh
from desk.sla.rules import ClockState
from desk.sla.tables import sla_clocks

next_due = queries.next_due


def sweep(c: Connection, now: datetime, limit: int = 100) -> int:
    """Breach what is due and warn where a share has passed; return how many cases were looked at.

    An answer that was committed in time counts, even if no handler has seen it yet: each case
    is judged by its facts. Call again while it returns `limit`.
    """
    due = queries.fallen_due(c, now, limit)
    promise = queries.promises(c) if due else None
    for case_id in due:
        refresh(c, case_id, now=now, promise=promise)
    return len(due)


def recompute(c: Connection, now: datetime, after_case_id: int = 0, limit: int = 200) -> int | None:
    """Bring open clocks under the present policies and calendars, `limit` cases at a time.

    Return the last case looked at, to go on after, or None when all are done.
    """
    open_states = (ClockState.RUNNING.value, ClockState.PAUSED.value)
    case_ids = c.scalars(
        select(sla_clocks.c.case_id)
        .where(sla_clocks.c.case_id > after_case_id, sla_clocks.c.state.in_(open_states))
        .distinct()
        .order_by(sla_clocks.c.case_id)
        .limit(limit)
    ).all()
    promise = queries.promises(c)
    for case_id in case_ids:
        refresh(c, case_id, now=now, promise=promise)
    return case_ids[-1] if case_ids else None
