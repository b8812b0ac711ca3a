"""What facts do to promises: every fact that bears on a clock has the case's clocks refreshed."""

from datetime import datetime

from sqlalchemy import Connection

from desk.events.log import Event
from desk.sla.actions import refresh
from desk.sla.queries import RELEVANT


def on_event(c: Connection, event: Event, now: datetime) -> None:
    """Bring the clocks of the event's case up to date. Safe to repeat."""
    if event.kind in RELEVANT and event.case_id is not None:
        refresh(c, event.case_id, now=now)
