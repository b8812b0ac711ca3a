"""What the timekeeper calls: a look at what waits, in case an event was missed."""

from datetime import datetime

from sqlalchemy import Connection

from desk.routing.actions import drain
from desk.routing.queries import Slots
from desk.routing.rules import Trigger


def sweep(c: Connection, now: datetime, *, slots: Slots, limit: int = 50) -> int:
    """Give waiting cases to whoever has room; return how many. Call again while it returns any."""
    return drain(c, slots=slots, now=now, limit=limit, trigger=Trigger.SWEEP)
