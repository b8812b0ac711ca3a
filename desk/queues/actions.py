"""Every write to queues, inboxes and calendars."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from desk.db.upsert import insert_new, put
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.facts import InboxHealthChanged
from desk.queues.queries import DoneCases
from desk.queues.tables import calendars, inboxes, queue_teams, queues

NOTED_EVERY = timedelta(minutes=1)


def define_calendar(
    c: Connection, name: str, zone: str, weekly: dict[str, Any], special: dict[str, Any]
) -> int:
    """Make or change the calendar called `name` and return its id."""
    row = {"name": name, "zone": zone, "weekly": weekly, "special": special}
    put(c, calendars, row, ["name"])
    found: int = c.execute(select(calendars.c.id).where(calendars.c.name == name)).scalar_one()
    return found


def define_queue(
    c: Connection, key: str, name: str, calendar_id: int | None, *, now: datetime
) -> int:
    """Make or change the queue `key` and return its id."""
    row = {"key": key, "name": name, "calendar_id": calendar_id, "created_at": now}
    if not insert_new(c, queues, row, ["key"]):
        c.execute(
            update(queues).where(queues.c.key == key).values(name=name, calendar_id=calendar_id)
        )
    found: int = c.execute(select(queues.c.id).where(queues.c.key == key)).scalar_one()
    return found


def need_skill(c: Connection, queue_id: int, skill: str) -> None:
    """Say what agents must know for a queue's cases; "" for nothing in particular."""
    c.execute(update(queues).where(queues.c.id == queue_id).values(skill=skill))


def let_pull(c: Connection, queue_id: int, *, pulls: bool) -> None:
    """Say whether a queue's cases wait until an agent asks for the next one."""
    c.execute(update(queues).where(queues.c.id == queue_id).values(pulls=pulls))


def settle_done(c: Connection, queue_id: int, done: DoneCases) -> None:
    """Say what becomes of a queue's resolved cases."""
    values = {
        "close_after_days": done.close_after_days,
        "reopen_days": done.reopen_days,
        "reopened_to": done.reopened_to.value,
        "reopenings_an_hour": done.reopenings_an_hour,
    }
    c.execute(update(queues).where(queues.c.id == queue_id).values(**values))


def serve(c: Connection, queue_id: int, team_ids: list[int]) -> None:
    """Let exactly these teams serve the queue."""
    c.execute(delete(queue_teams).where(queue_teams.c.queue_id == queue_id))
    if team_ids:
        c.execute(insert(queue_teams), [{"queue_id": queue_id, "team_id": t} for t in team_ids])


def define_inbox(
    c: Connection, key: str, channel: str, name: str, queue_id: int, *, bot: bool
) -> None:
    """Make or change the inbox `key`; its health and history stay."""
    fixed = {"channel": channel, "name": name, "queue_id": queue_id, "bot": bot}
    fresh = {"key": key, **fixed, "health": "stopped", "health_detail": ""}
    if not insert_new(c, inboxes, fresh, ["key"]):
        c.execute(update(inboxes).where(inboxes.c.key == key).values(**fixed))


def note_inbound(c: Connection, key: str, *, now: datetime) -> None:
    """Remember that an inbox brought a message: once a minute, which keeps its row free."""
    seen = inboxes.c.last_inbound_at
    stale = or_(seen.is_(None), seen < now - NOTED_EVERY)
    c.execute(update(inboxes).where(inboxes.c.key == key, stale).values(last_inbound_at=now))


def report_health(c: Connection, key: str, state: str, detail: str, *, now: datetime) -> None:
    """Record how an inbox is doing; only a change of state is a fact."""
    before = c.execute(select(inboxes.c.health).where(inboxes.c.key == key)).scalar_one_or_none()
    c.execute(
        update(inboxes)
        .where(inboxes.c.key == key)
        .values(health=state, health_detail=detail[:1000], health_at=now)
    )
    if before is not None and before != state:
        fact = InboxHealthChanged(inbox=key, state=state, detail=detail[:500])
        log.append(c, fact, now=now, actor=SYSTEM)
