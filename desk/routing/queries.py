"""Every read of routing: who could take a case, what waits, and why somebody got it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, case, func, or_, select

from desk.agents import queries as agents
from desk.agents.rules import Presence
from desk.agents.tables import agents as agent_rows
from desk.cases.rules import Priority, Status
from desk.cases.tables import cases
from desk.queues import queries as queues
from desk.queues.tables import queues as queue_rows
from desk.routing.rules import Judged
from desk.routing.tables import routing_decisions
from desk.routing.weighing import EXPERT, LAYMAN, Candidate, WaitingCase
from desk.sla import queries as promises
from desk.sla.rules import Metric

Slots = Mapping[str, float]  # points that a case takes of an agent's capacity, by channel

# Waiting for the customer takes nothing of an agent and needs none.
AT_WORK = tuple(status.value for status in (Status.NEW, Status.OPEN, Status.ON_HOLD))
URGENCY = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}

_PUSHED = queue_rows.c.pulls.is_(False)


class DecisionView(msgspec.Struct, frozen=True, kw_only=True):
    """A stored decision: when, why then, who got it, and everyone who was considered."""

    id: int
    at: datetime
    trigger: str
    queue_id: int
    agent_id: int | None
    agent_name: str | None
    sentence: str
    won: bool  # False: somebody had taken the case when we claimed it
    candidates: list[Judged]


def waiting_case(c: Connection, case_id: int, slots: Slots, *, now: datetime) -> WaitingCase | None:
    """Return the case if an agent is to be found for it now; None when it needs none.

    The bot's case needs none, and so does one of a queue whose agents take the next themselves.
    """
    found = c.execute(_waiting().where(cases.c.id == case_id, _PUSHED)).all()
    return next(iter(_as_waiting(c, found, slots, now)), None)


def backlog(
    c: Connection,
    too_large: Mapping[int, Collection[str]],
    slots: Slots,
    limit: int,
    *,
    now: datetime,
) -> list[WaitingCase]:
    """Return what waits in these queues on these channels: the highest priority, then the oldest.

    Args:
        too_large: for each queue the channels whose cases nobody has room for; queues left
            out are not looked at.
    """
    wanted = [
        and_(cases.c.queue_id == queue_id, cases.c.channel.not_in(channels))
        for queue_id, channels in too_large.items()
    ]
    if not wanted:
        return []
    rank = case({p.value: n for p, n in URGENCY.items()}, value=cases.c.priority, else_=2)
    statement = _waiting().where(or_(*wanted)).order_by(rank, cases.c.opened_at, cases.c.id)
    return _as_waiting(c, c.execute(statement.limit(limit)).all(), slots, now)


def has_backlog(c: Connection) -> bool:
    """Return whether an agent is to be found for any case."""
    return c.execute(_waiting().where(_PUSHED).limit(1)).first() is not None


def candidates(
    c: Connection, queue_id: int, slots: Slots, case_id: int | None = None
) -> list[Candidate]:
    """Return every active agent who serves the queue, whatever his presence, with his load."""
    team_ids = queues.teams_of(c, queue_id)
    people = agents.available(c, team_ids=team_ids or None, presences=tuple(Presence))
    used = loads(c, [one.id for one in people], slots)
    back = gave_back(c, case_id, queue_id) if case_id is not None else set()
    return [
        Candidate(
            agent_id=one.id,
            name=one.name,
            presence=one.presence,
            capacity=one.capacity,
            load=used.get(one.id, 0.0),
            last_assigned_at=one.last_assigned_at,
            gave_it_back=one.id in back,
            skills=dict(map(_level, one.skills)),
            languages=one.languages,
        )
        for one in people
    ]


def loads(c: Connection, agent_ids: Sequence[int], slots: Slots) -> dict[int, float]:
    """Return the points each agent has in use; agents without work are left out."""
    statement = (
        select(cases.c.assignee_id, cases.c.channel, func.count())
        .where(
            cases.c.assignee_id.in_(agent_ids),
            cases.c.status.in_(AT_WORK),
            cases.c.snoozed_until.is_(None),
        )
        .group_by(cases.c.assignee_id, cases.c.channel)
    )
    used: dict[int, float] = {}
    for agent_id, channel, count in c.execute(statement):
        used[agent_id] = used.get(agent_id, 0.0) + count * slots.get(channel, 1.0)
    return used


def decisions(c: Connection, number: int) -> list[DecisionView]:
    """Return the routing decisions of the case `#number`, the newest first."""
    statement = (
        select(routing_decisions, agent_rows.c.name.label("agent_name"))
        .join(cases, cases.c.id == routing_decisions.c.case_id)
        .outerjoin(agent_rows, agent_rows.c.id == routing_decisions.c.agent_id)
        .where(cases.c.number == number)
        .order_by(routing_decisions.c.id.desc())
    )
    names = DecisionView.__struct_fields__
    rows = [{name: row[name] for name in names} for row in c.execute(statement).mappings()]
    return msgspec.convert(rows, list[DecisionView])


def last_sentence(c: Connection, case_id: int) -> str | None:
    """Return what the newest decision on the case said, or None."""
    found: str | None = c.execute(
        select(routing_decisions.c.sentence)
        .where(routing_decisions.c.case_id == case_id)
        .order_by(routing_decisions.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return found


def gave_back(c: Connection, case_id: int, queue_id: int) -> set[int]:
    """Return who was given this unassigned case in this queue before, and has it no longer."""
    statement = select(routing_decisions.c.agent_id).where(
        routing_decisions.c.case_id == case_id,
        routing_decisions.c.queue_id == queue_id,
        routing_decisions.c.agent_id.is_not(None),
        routing_decisions.c.won,
    )
    return {agent_id for agent_id in c.scalars(statement) if agent_id is not None}


def _level(skill: str) -> tuple[str, int]:
    """Return a skill as agents have it written, `billing` or `billing:1`, with its level."""
    name, _, level = skill.partition(":")
    return name, min(EXPERT, max(LAYMAN, int(level))) if level.isdecimal() else EXPERT


def _waiting() -> Select[tuple[object, ...]]:
    columns = [cases.c[n] for n in ("id", "queue_id", "channel", "priority", "opened_at")]
    last = cases.alias("last_case")
    of_last = (
        select(last.c.assignee_id)
        .where(
            last.c.customer_id == cases.c.customer_id,
            last.c.id != cases.c.id,
            last.c.assignee_id.is_not(None),
        )
        .order_by(last.c.id.desc())
        .limit(1)
        .correlate(cases)
        .scalar_subquery()
    )
    return (
        select(*columns, cases.c.language, of_last.label("last_agent_id"), queue_rows.c.skill)
        .join(queue_rows, queue_rows.c.id == cases.c.queue_id)
        .where(
            cases.c.assignee_id.is_(None),
            cases.c.status.in_(AT_WORK),
            cases.c.with_bot.is_(False),
            cases.c.snoozed_until.is_(None),
        )
    )


def _as_waiting(
    c: Connection, rows: Sequence[Row[Any]], slots: Slots, now: datetime
) -> list[WaitingCase]:
    clocks = promises.clocks(c, [row.id for row in rows], now)
    return [
        WaitingCase(
            points=slots.get(row.channel, 1.0), **row._mapping, **_promise(clocks.get(row.id, []))
        )
        for row in rows
    ]


def _promise(clocks: Sequence[promises.ClockView]) -> dict[str, Any]:
    """Return how long a case has waited of what is promised; nothing where nothing is."""
    for clock in clocks:
        if clock.metric is Metric.FIRST_RESPONSE and clock.ended_at is None:
            return {"age_s": clock.budget_s - clock.left_s, "promised_s": clock.budget_s}
    return {}
