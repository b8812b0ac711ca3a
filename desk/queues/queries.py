"""Every read of queues, inboxes and calendars."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from desk.kit.errors import NotFound
from desk.queues.tables import calendars, inboxes, queue_teams, queues


class Reopened(StrEnum):
    """Who gets a case that its customer reopens."""

    OWNER = "owner"
    OWNER_IF_HERE = "owner_if_here"  # else whoever routing finds
    QUEUE = "queue"


class DoneCases(Struct, frozen=True, kw_only=True):
    """What becomes of a queue's resolved cases. None: as long as the desk has it."""

    close_after_days: int | None = None
    reopen_days: int | None = None  # since the resolution; None: until it is closed
    reopened_to: Reopened = Reopened.OWNER
    reopenings_an_hour: int = 5  # by its customer; beyond, two machines are talking


class InboxView(Struct, frozen=True, kw_only=True):
    """A configured inbox and how it is doing."""

    key: str
    channel: str
    name: str
    queue_id: int
    bot: bool
    health: str
    health_detail: str
    health_at: datetime | None
    last_inbound_at: datetime | None


class QueueView(Struct, frozen=True, kw_only=True):
    """A queue: where cases wait."""

    id: int
    key: str
    name: str
    calendar_id: int | None
    pulls: bool  # its cases wait until an agent asks for the next one


class CalendarView(Struct, frozen=True, kw_only=True):
    """Opening hours as they are kept: see desk.queues.tables for the shapes."""

    id: int
    name: str
    zone: str
    weekly: dict[str, Any]
    special: dict[str, Any]


def inbox(c: Connection, key: str) -> InboxView:
    """Return one inbox. Raises NotFound."""
    for found in list_inboxes(c, key):
        return found
    raise NotFound(f"There is no inbox called {key}.")


def list_inboxes(c: Connection, key: str | None = None) -> list[InboxView]:
    """Return the inboxes by name, or the one called `key`."""
    query = select(*(inboxes.c[name] for name in InboxView.__struct_fields__))
    if key is not None:
        query = query.where(inboxes.c.key == key)
    return [InboxView(**row._mapping) for row in c.execute(query.order_by(inboxes.c.key))]


def list_queues(c: Connection) -> list[QueueView]:
    """Return every queue by name."""
    query = select(*(queues.c[name] for name in QueueView.__struct_fields__))
    return [QueueView(**row._mapping) for row in c.execute(query.order_by(queues.c.name))]


def queue(c: Connection, queue_id: int) -> QueueView:
    """Return one queue. Raises NotFound."""
    for found in list_queues(c):
        if found.id == queue_id:
            return found
    raise NotFound("There is no such queue.")


def teams_of(c: Connection, queue_id: int) -> set[int]:
    """Return the ids of the teams that serve a queue; none means that everybody does."""
    where = queue_teams.c.queue_id == queue_id
    return set(c.scalars(select(queue_teams.c.team_id).where(where)))


def calendar_of_queue(c: Connection, queue_id: int) -> CalendarView | None:
    """Return the calendar a queue keeps, or None: open day and night."""
    columns = [calendars.c[name] for name in CalendarView.__struct_fields__]
    row = c.execute(
        select(*columns)
        .join(queues, queues.c.calendar_id == calendars.c.id)
        .where(queues.c.id == queue_id)
    ).one_or_none()
    return CalendarView(**row._mapping) if row else None
