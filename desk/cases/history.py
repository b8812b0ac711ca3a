"""What was said before the desk was there: in cases of its own time, done unless it still waits."""

from datetime import datetime

from sqlalchemy import Connection, update

from desk.cases.actions import lock, move
from desk.cases.rules import ACTIVE, DONE, Status
from desk.cases.tables import cases
from desk.events.actors import SYSTEM
from desk.ports.messages import InboundMessage


def settle(
    c: Connection, case_id: int, message: InboundMessage, *, is_new: bool, now: datetime
) -> None:
    """Bring the case of a message of history to the status it should have; `now` is its time.

    What nobody has read waits in an open case; any other case that it opened is closed.
    """
    row = lock(c, case_id)
    if message.still_waits:
        if row.status in DONE:
            move(c, row, Status.OPEN, actor=SYSTEM, now=now, reason="an unread message of before")
        waits = {"last_inbound_at": now, "unanswered_since": row.unanswered_since or now}
        c.execute(update(cases).where(cases.c.id == case_id).values(**waits))
    elif is_new and row.status in ACTIVE:
        move(c, row, Status.RESOLVED, actor=SYSTEM, now=now)
        move(c, lock(c, case_id), Status.CLOSED, actor=SYSTEM, now=now)
