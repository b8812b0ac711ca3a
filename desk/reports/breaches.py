"""The list of broken promises: each with its case, its owner then, and how far over it went."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, literal, select, tuple_

from desk.agents.tables import agents
from desk.cases.tables import cases
from desk.customers.tables import customers
from desk.db.types import Instant
from desk.queues.tables import queues
from desk.reports.periods import Period
from desk.reports.queries import Narrow, decided
from desk.sla.hours import BusinessHours, working_time
from desk.sla.queries import MICROSECOND, hours_by_id
from desk.sla.rules import ClockState, Metric
from desk.sla.tables import sla_clocks, sla_policies

clocks = sla_clocks.c


class Breach(Struct, frozen=True, kw_only=True):
    """One broken promise. `over_s` is working time beyond the budget, until now while open."""

    id: int
    case_number: int
    subject: str
    customer_name: str | None
    metric: Metric
    priority: str
    channel: str
    queue_name: str
    owner_name: str | None  # who had the case when the time ran out
    breached_at: datetime
    budget_s: float
    over_s: float
    is_open: bool
    late_s: float  # how late the desk noticed
    policy_name: str
    policy_version: int


def breaches(
    c: Connection,
    period: Period,
    narrow: Narrow,
    now: datetime,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Breach]:
    """Return broken promises, the latest first; `before` is the keyset (breached_at, id)."""
    statement = (
        select(
            sla_clocks,
            cases.c.number,
            cases.c.subject,
            customers.c.name.label("customer_name"),
            queues.c.name.label("queue_name"),
            agents.c.name.label("owner_name"),
            sla_policies.c.name.label("policy_name"),
        )
        .join(cases, cases.c.id == clocks.case_id)
        .join(customers, customers.c.id == cases.c.customer_id)
        .join(queues, queues.c.id == clocks.queue_id)
        .join(sla_policies, sla_policies.c.id == clocks.policy_id)
        .outerjoin(agents, agents.c.id == clocks.owner_id)
        .where(*decided(period, narrow), clocks.breached_at.is_not(None))
        .order_by(clocks.outcome_at.desc(), clocks.id.desc())
        .limit(limit)
    )
    if before is not None:
        # A bare datetime would be bound as text, which SQLite holds larger than any number.
        last = tuple_(literal(before[0], Instant()), literal(before[1]))
        statement = statement.where(tuple_(clocks.outcome_at, clocks.id) < last)
    hours = hours_by_id(c)
    return [
        _breach(row, _over_us(row, hours(row.calendar_id), now)) for row in c.execute(statement)
    ]


def _over_us(row: Row[Any], hours: BusinessHours, now: datetime) -> int:
    if row.over_us is not None:
        return int(row.over_us)
    spent = row.spent_us * MICROSECOND
    if row.state == ClockState.RUNNING:
        spent += working_time(row.since, now, hours)
    over: int = spent // MICROSECOND - row.budget_us
    return max(0, over)


def _breach(row: Row[Any], over_us: int) -> Breach:
    return Breach(
        id=row.id,
        case_number=row.number,
        subject=row.subject,
        customer_name=row.customer_name,
        metric=Metric(row.metric),
        priority=row.priority,
        channel=row.channel,
        queue_name=row.queue_name,
        owner_name=row.owner_name,
        breached_at=row.breached_at,
        budget_s=row.budget_us / 1e6,
        over_s=over_us / 1e6,
        is_open=row.state in (ClockState.RUNNING, ClockState.PAUSED),
        late_s=row.late_s or 0.0,
        policy_name=row.policy_name,
        policy_version=row.policy_version,
    )
