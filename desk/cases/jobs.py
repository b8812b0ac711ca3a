"""What time does to cases: a resolved one closes, a silent bot loses its own."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select, text

from desk.cases.actions import hand_off, lock, move
from desk.cases.rules import CLOSE_AFTER, Status, closes_at
from desk.cases.tables import ACTIVE_WHERE, cases
from desk.events.actors import SYSTEM
from desk.queues.tables import queues

BATCH = 200
BOT_SILENCE = timedelta(minutes=2)


def take_from_silent_bot(c: Connection, *, now: datetime, after: timedelta = BOT_SILENCE) -> int:
    """Hand over the cases in which the bot left the customer's last words unanswered.

    A bot answers within a second; when it does not, something failed, and a person must know.
    """
    silent = c.scalars(
        select(cases.c.id)
        .where(
            text(ACTIVE_WHERE),
            cases.c.with_bot.is_(True),
            cases.c.last_inbound_at == cases.c.last_message_at,
            cases.c.last_message_at <= now - after,
        )
        .order_by(cases.c.last_message_at)
        .limit(BATCH)
    ).all()
    for case_id in silent:
        hand_off(c, case_id, "the bot did not answer", actor=SYSTEM, now=now)
    return len(silent)


def close_resolved(c: Connection, *, now: datetime, after: timedelta = CLOSE_AFTER) -> int:
    """Close what has been resolved for as long as its queue has it, else for `after`.

    Return how many. Call again while any are.
    """
    own = c.execute(
        select(queues.c.id, queues.c.close_after_days).where(queues.c.close_after_days.is_not(None))
    ).all()
    elsewhere = cases.c.queue_id.not_in([queue.id for queue in own])
    closed = _close(c, elsewhere, after, now)
    for queue in own:
        days = timedelta(days=queue.close_after_days)
        closed += _close(c, cases.c.queue_id == queue.id, days, now)
    return closed


def _close(c: Connection, where: ColumnElement[bool], after: timedelta, now: datetime) -> int:
    due = c.scalars(
        select(cases.c.id)
        .where(where, cases.c.status == Status.RESOLVED.value, cases.c.resolved_at <= now - after)
        .order_by(cases.c.resolved_at)
        .limit(BATCH)
    ).all()
    for case_id in due:
        row = lock(c, case_id)
        if row.status == Status.RESOLVED and closes_at(row.resolved_at, after) <= now:
            move(c, row, Status.CLOSED, actor=SYSTEM, now=now)
    return len(due)
