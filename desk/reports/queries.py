"""Every read of the promise report: attainment, times, the list of breaches, what is at risk."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from desk.agents.tables import agents
from desk.cases.rules import Priority
from desk.queues.tables import calendars, queues
from desk.reports.measures import Attainment, Times, attainment, times
from desk.reports.periods import Period
from desk.sla.queries import AMBER
from desk.sla.rules import ClockState, Metric
from desk.sla.tables import sla_clocks

clocks = sla_clocks.c


class Narrow(Struct, frozen=True, kw_only=True):
    """Which promises: each value given narrows the report."""

    channel: str | None = None
    queue_id: int | None = None
    priority: str | None = None


class Line(Struct, frozen=True, kw_only=True):
    """Attainment of one group: a channel, a priority, a queue, an agent."""

    key: str
    name: str
    attainment: Attainment


class Group(Struct, frozen=True, kw_only=True):
    """Attainment broken down by one thing."""

    by: str  # priority | channel | queue | agent | policy
    lines: list[Line]


class MetricReport(Struct, frozen=True, kw_only=True):
    """Everything about one metric in a period."""

    metric: Metric
    attainment: Attainment
    before: Attainment  # in the period of the same length before
    working: Times
    elapsed: Times  # the same cases by the calendar
    groups: list[Group]


class SlaReport(Struct, frozen=True, kw_only=True):
    """The promise report of a period."""

    period: Period
    narrow: Narrow
    at_risk: int
    late_now: int
    metrics: list[MetricReport]


def desk_zone(c: Connection) -> str:
    """Return the zone of the desk's first calendar, UTC where there is none."""
    found: str | None = c.execute(
        select(calendars.c.zone).order_by(calendars.c.id).limit(1)
    ).scalar_one_or_none()
    return found or "UTC"


def sla_report(c: Connection, period: Period, narrow: Narrow) -> SlaReport:
    """Return the promise report of `period`, with the period before it to compare with."""
    counted, earlier = _counted(c, period, narrow), _counted(c, period.before, narrow)
    names = _names(c)
    return SlaReport(
        period=period,
        narrow=narrow,
        at_risk=_open_now(c, narrow, late=False),
        late_now=_open_now(c, narrow, late=True),
        metrics=[
            MetricReport(
                metric=metric,
                attainment=_sum(row for row in counted if row.metric == metric),
                before=_sum(row for row in earlier if row.metric == metric),
                working=_times(c, period, narrow, metric, elapsed=False),
                elapsed=_times(c, period, narrow, metric, elapsed=True),
                groups=_groups([row for row in counted if row.metric == metric], names),
            )
            for metric in Metric
        ],
    )


def choices(c: Connection) -> dict[str, list[tuple[str, str]]]:
    """Return what the report can be narrowed to: value and words, by filter."""
    channels = c.scalars(select(clocks.channel).distinct().order_by(clocks.channel))
    rows = c.execute(select(queues.c.id, queues.c.name).order_by(queues.c.name))
    return {
        "channel": [(channel, channel) for channel in channels],
        "queue": [(str(row.id), row.name) for row in rows],
        "priority": [(priority.value, priority.value) for priority in Priority],
    }


def decided(period: Period, narrow: Narrow) -> list[ColumnElement[bool]]:
    """Return the condition of promises decided in the period."""
    inside = [clocks.outcome_at >= period.since, clocks.outcome_at < period.until]
    return inside + _narrowed(narrow)


def _narrowed(narrow: Narrow) -> list[ColumnElement[bool]]:
    wanted = {
        clocks.channel: narrow.channel,
        clocks.queue_id: narrow.queue_id,
        clocks.priority: narrow.priority,
    }
    return [column == value for column, value in wanted.items() if value is not None]


def _counted(c: Connection, period: Period, narrow: Narrow) -> list[Row[Any]]:
    """Return how many were kept, broken, still open, for each combination of traits."""
    is_broken = clocks.breached_at.is_not(None)
    is_open = clocks.state.in_([ClockState.RUNNING.value, ClockState.PAUSED.value])
    traits = (
        clocks.metric,
        clocks.priority,
        clocks.channel,
        clocks.queue_id,
        clocks.owner_id,
        clocks.policy_id,
        clocks.policy_version,
    )
    statement = (
        select(
            *traits,
            func.sum(case((is_broken, 0), else_=1)).label("kept"),
            func.sum(case((is_broken, 1), else_=0)).label("broken"),
            func.sum(case((is_broken & is_open, 1), else_=0)).label("still_open"),
        )
        .where(*decided(period, narrow))
        .group_by(*traits)
    )
    return list(c.execute(statement))


def _open_now(c: Connection, narrow: Narrow, *, late: bool) -> int:
    """Return how many promises run now that are late, or near it."""
    near = [clocks.breached_at.is_(None), clocks.warned_share >= AMBER]
    gone = [clocks.breached_at.is_not(None)]
    found: int = c.execute(
        select(func.count()).where(
            clocks.state == ClockState.RUNNING.value, *(gone if late else near), *_narrowed(narrow)
        )
    ).scalar_one()
    return found


def _times(
    c: Connection, period: Period, narrow: Narrow, metric: Metric, *, elapsed: bool
) -> Times:
    statement = select(clocks.started_at, clocks.ended_at, clocks.spent_us).where(
        clocks.metric == metric.value,
        clocks.ended_at >= period.since,
        clocks.ended_at < period.until,
        *_narrowed(narrow),
    )
    rows = c.execute(statement).all()
    if elapsed:
        return times([(row.ended_at - row.started_at).total_seconds() for row in rows])
    return times([row.spent_us / 1e6 for row in rows])


def _sum(rows: Iterable[Row[Any]]) -> Attainment:
    kept = broken = still_open = 0
    for row in rows:
        kept, broken = kept + row.kept, broken + row.broken
        still_open += row.still_open
    return attainment(kept, broken, still_open)


_BY = {"priority": "priority", "channel": "channel", "queue": "queue_id", "agent": "owner_id"}
_URGENCY = ["urgent", "high", "normal", "low"]


def _groups(rows: list[Row[Any]], names: dict[str, dict[Any, str]]) -> list[Group]:
    groups = []
    for by, column in _BY.items():
        keys = sorted({row._mapping[column] for row in rows}, key=_rank)
        lines = [
            Line(
                key="" if key is None else str(key),
                name=names.get(by, {}).get(key, "nobody" if key is None else str(key)),
                attainment=_sum(row for row in rows if row._mapping[column] == key),
            )
            for key in keys
        ]
        groups.append(Group(by=by, lines=lines))
    return groups


def _rank(key: Any) -> tuple[int, str]:
    if key in _URGENCY:
        return _URGENCY.index(key), ""
    return (len(_URGENCY), "~" if key is None else str(key).rjust(20))


def _names(c: Connection) -> dict[str, dict[Any, str]]:
    return {
        "queue": {row.id: row.name for row in c.execute(select(queues.c.id, queues.c.name))},
        "agent": {row.id: row.name for row in c.execute(select(agents.c.id, agents.c.name))},
    }
