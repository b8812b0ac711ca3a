"""What goes on now: queues, agents, channels, the last hour. Every read of the wallboard."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from desk.agents.rules import Presence
from desk.agents.tables import agents
from desk.cases.rules import ACTIVE
from desk.cases.tables import cases
from desk.messages.queries import last_before
from desk.messages.tables import messages
from desk.queues import queries as queues
from desk.routing.queries import AT_WORK, loads
from desk.sla.queries import AMBER
from desk.sla.rules import ClockState
from desk.sla.tables import sla_clocks

HOUR = timedelta(hours=1)


class QueueNow(Struct, frozen=True, kw_only=True):
    """A queue as it stands: cases open, waiting for an agent, near their time, past it."""

    id: int
    name: str
    open: int
    waiting: int
    oldest_waiting_at: datetime | None
    at_risk: int
    late: int


class AgentNow(Struct, frozen=True, kw_only=True):
    """An agent as he stands: points in use of his capacity, and cases he has."""

    id: int
    name: str
    presence: Presence
    reason: str
    load: float
    capacity: float
    cases: int


class InboxNow(Struct, frozen=True, kw_only=True):
    """An inbox and how it is doing."""

    key: str
    name: str
    channel: str
    health: str
    detail: str
    last_inbound_at: datetime | None


class Wallboard(Struct, frozen=True, kw_only=True):
    """Everything the wallboard shows, at one instant."""

    at: datetime
    received: int  # customers' messages in the last hour
    answered: int  # agents' messages in the last hour
    queues: list[QueueNow]
    agents: list[AgentNow]
    inboxes: list[InboxNow]


def wallboard(c: Connection, now: datetime, slots: Mapping[str, float]) -> Wallboard:
    """Return how the desk stands; `slots` are the points a case takes, by channel."""
    return Wallboard(
        at=now,
        received=_messages(c, now, "customer"),
        answered=_messages(c, now, "agent"),
        queues=_queues(c),
        agents=_agents(c, slots),
        inboxes=[
            InboxNow(
                key=one.key,
                name=one.name,
                channel=one.channel,
                health=one.health,
                detail=one.health_detail,
                last_inbound_at=one.last_inbound_at,
            )
            for one in queues.list_inboxes(c)
        ],
    )


def _messages(c: Connection, now: datetime, author: str) -> int:
    """Return how many messages `author` wrote in the last hour; looks at no older ones."""
    last_id = last_before(c, now - HOUR)
    count = select(func.count()).where(messages.c.author == author, messages.c.id > last_id)
    return int(c.execute(count).scalar_one())


def _queues(c: Connection) -> list[QueueNow]:
    waits = and_(
        cases.c.assignee_id.is_(None), cases.c.with_bot.is_(False), cases.c.status.in_(AT_WORK)
    )
    stand = select(
        cases.c.queue_id,
        func.count().label("open"),
        _count(waits).label("waiting"),
        func.min(case((waits, cases.c.opened_at))).label("oldest_waiting_at"),
    ).where(cases.c.status.in_([status.value for status in ACTIVE]))
    found = {row.queue_id: row for row in c.execute(stand.group_by(cases.c.queue_id))}
    is_late = sla_clocks.c.breached_at.is_not(None)
    is_near = and_(sla_clocks.c.breached_at.is_(None), sla_clocks.c.warned_share >= AMBER)
    promised = (
        select(sla_clocks.c.queue_id, _count(is_near).label("near"), _count(is_late).label("late"))
        .where(sla_clocks.c.state == ClockState.RUNNING.value)
        .group_by(sla_clocks.c.queue_id)
    )
    clocks = {row.queue_id: row for row in c.execute(promised)}
    return [
        QueueNow(
            id=queue.id,
            name=queue.name,
            open=found[queue.id].open if queue.id in found else 0,
            waiting=found[queue.id].waiting if queue.id in found else 0,
            oldest_waiting_at=found[queue.id].oldest_waiting_at if queue.id in found else None,
            at_risk=clocks[queue.id].near if queue.id in clocks else 0,
            late=clocks[queue.id].late if queue.id in clocks else 0,
        )
        for queue in queues.list_queues(c)
    ]


def _agents(c: Connection, slots: Mapping[str, float]) -> list[AgentNow]:
    rows = c.execute(select(agents).where(agents.c.active).order_by(agents.c.name)).all()
    used = loads(c, [row.id for row in rows], slots)
    held = (
        select(cases.c.assignee_id, func.count())
        .where(cases.c.status.in_([status.value for status in ACTIVE]))
        .group_by(cases.c.assignee_id)
    )
    counts = {agent_id: count for agent_id, count in c.execute(held)}
    order = list(Presence)
    found = [
        AgentNow(
            id=row.id,
            name=row.name,
            presence=Presence(row.presence),
            reason=row.presence_reason,
            load=used.get(row.id, 0.0),
            capacity=row.capacity,
            cases=counts.get(row.id, 0),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (order.index(one.presence), one.name))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
