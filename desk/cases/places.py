"""Places on a channel where several people write, as groups: they move, and we may lose them."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, literal, select, update
from sqlalchemy.sql.schema import Table

from desk.cases.actions import set_flag
from desk.cases.rules import ACTIVE
from desk.cases.tables import cases
from desk.events.actors import SYSTEM
from desk.messages.tables import messages


def moved(c: Connection, inbox: str, before: str, after: str) -> None:
    """Let every conversation of a place go on under its new address. Safe to repeat."""
    for table in (cases, messages):
        thread = table.c.thread
        renamed = literal(after) + func.substr(thread, len(before) + 1)
        c.execute(update(table).where(_at(table, inbox, before)).values(thread=renamed))


def lost(c: Connection, inbox: str, place: str, reason: str, *, now: datetime) -> None:
    """Ask for a person's look at the open cases whose customer is answered in a place."""
    active = cases.c.status.in_(sorted(status.value for status in ACTIVE))
    found = c.scalars(select(cases.c.id).where(_at(cases, inbox, place), active)).all()
    for case_id in found:
        set_flag(c, case_id, reason, actor=SYSTEM, now=now)


def _at(table: Table, inbox: str, place: str) -> ColumnElement[bool]:
    thread = table.c.thread
    there = (thread == place) | thread.startswith(f"{place}:", autoescape=True)
    return (table.c.inbox == inbox) & there
