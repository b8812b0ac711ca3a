"""A case put away until a time, or until its customer writes; it wakes at that very time."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, update

from desk.agents import queries as agents
from desk.cases.actions import assign, lock, move
from desk.cases.rules import DONE, Status
from desk.cases.tables import cases
from desk.db import jobs
from desk.db.jobs import Job
from desk.events import log
from desk.events.actors import SYSTEM, Actor
from desk.events.facts import CaseSnoozed, CaseWoke
from desk.kit.errors import Conflict, Invalid

WAKE = "wake"  # the kind of job that wakes one case
_LONGEST = timedelta(days=366)


def snooze(
    c: Connection, case_id: int, until: datetime, *, keeps: bool, actor: Actor, now: datetime
) -> None:
    """Put a case away until an instant; a customer's word wakes it before, unless it `keeps`.

    Promises to a customer who waits run on. Put away again, the new time counts.

    Raises:
        Invalid: the time has passed, or is more than a year away.
        Conflict: the case is done.
        NotFound: there is no such case.
    """
    if until <= now:
        raise Invalid("That time has passed already.", "/until")
    if until > now + _LONGEST:
        raise Invalid("A case is put away for a year at most.", "/until")
    row = lock(c, case_id)
    if Status(row.status) in DONE:
        raise Conflict("A case that is done need not be put away.")
    mine = cases.c.id == case_id
    c.execute(update(cases).where(mine).values(snoozed_until=until, snooze_keeps=keeps))
    jobs.cancel(c, WAKE, str(case_id))
    jobs.enqueue(c, WAKE, {"case": case_id}, due_at=until, key=str(case_id))
    log.append(c, CaseSnoozed(until=until, keeps=keeps), now=now, actor=actor, case_id=case_id)


def wake(
    c: Connection, row: Row[Any], reason: str, *, actor: Actor, now: datetime, settle: bool = True
) -> bool:
    """Bring a locked case back; False when it was not away.

    Open again, it is its owner's if he is here, else routed. `settle` False leaves its status
    and owner to whoever brings it back for another cause.
    """
    if row.snoozed_until is None:
        return False
    mine = cases.c.id == row.id
    c.execute(update(cases).where(mine).values(snoozed_until=None, snooze_keeps=False))
    jobs.cancel(c, WAKE, str(row.id))
    log.append(c, CaseWoke(reason=reason), now=now, actor=actor, case_id=row.id)
    if not settle or Status(row.status) in DONE:
        return True
    if row.assignee_id is not None and not agents.is_online(c, row.assignee_id):
        assign(c, row.id, None, actor=SYSTEM, now=now)
    if row.status in (Status.PENDING, Status.ON_HOLD):
        move(c, row, Status.OPEN, actor=actor, now=now)
    return True


def wake_due(c: Connection, job: Job, *, now: datetime) -> None:
    """Wake the case of a job whose time has come, and finish the job.

    Raises:
        Conflict: another worker has the job.
    """
    jobs.conclude(c, job)
    row = lock(c, job.payload["case"])
    if row.snoozed_until is not None and row.snoozed_until <= now:
        wake(c, row, "its time has come", actor=SYSTEM, now=now)
