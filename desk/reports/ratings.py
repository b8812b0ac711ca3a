"""Every read of the rating report: what customers gave, by who had the case when it was asked."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, exists, func, select

from desk.agents.tables import agents, teams
from desk.messages.rules import DeliveryState
from desk.messages.tables import deliveries
from desk.queues.tables import queues
from desk.reports.measures import Satisfaction, satisfaction
from desk.reports.periods import Period
from desk.reports.queries import Narrow
from desk.satisfaction.tables import ratings


class RatedLine(Struct, frozen=True, kw_only=True):
    """What customers gave one agent, team, queue or channel."""

    key: str
    name: str
    given: Satisfaction


class RatedGroup(Struct, frozen=True, kw_only=True):
    """What customers gave, broken down by one thing."""

    by: str  # agent | team | queue | channel
    lines: list[RatedLine]


class RatingReport(Struct, frozen=True, kw_only=True):
    """The rating report of a period, with the period of the same length before."""

    period: Period
    given: Satisfaction
    before: Satisfaction
    scores: dict[int, int]  # how many gave each
    groups: list[RatedGroup]


_BY = {
    "agent": ratings.c.agent_id,
    "team": ratings.c.team_id,
    "queue": ratings.c.queue_id,
    "channel": ratings.c.channel,
}


def rating_report(c: Connection, period: Period, narrow: Narrow) -> RatingReport:
    """Return what customers gave who were asked in `period`."""
    rows, earlier = _counted(c, period, narrow), _counted(c, period.before, narrow)
    names = _names(c)
    return RatingReport(
        period=period,
        given=_sum(rows),
        before=_sum(earlier),
        scores=_scores(rows),
        groups=[
            RatedGroup(by=by, lines=_lines(rows, column.name, names.get(by, {})))
            for by, column in _BY.items()
        ],
    )


def _counted(c: Connection, period: Period, narrow: Narrow) -> list[Row[Any]]:
    """Return how many were asked for each combination of traits and score; null: no answer."""
    traits = (*_BY.values(), ratings.c.score)
    lost = exists().where(
        deliveries.c.message_id == ratings.c.message_id,
        deliveries.c.state == DeliveryState.FAILED.value,
    )
    inside = (ratings.c.asked_at >= period.since, ratings.c.asked_at < period.until)
    query = select(*traits, func.count().label("asked")).where(*inside, ~lost)
    if narrow.channel is not None:
        query = query.where(ratings.c.channel == narrow.channel)
    if narrow.queue_id is not None:
        query = query.where(ratings.c.queue_id == narrow.queue_id)
    return list(c.execute(query.group_by(*traits)))


def _lines(rows: list[Row[Any]], column: str, names: dict[Any, str]) -> list[RatedLine]:
    keys = {row._mapping[column] for row in rows} - {None}
    lines = [
        RatedLine(
            key=str(key),
            name=names.get(key, str(key)),
            given=_sum(row for row in rows if row._mapping[column] == key),
        )
        for key in keys
    ]
    return sorted(lines, key=lambda line: line.name.casefold())


def _sum(rows: Iterable[Row[Any]]) -> Satisfaction:
    rows = list(rows)
    return satisfaction(sum(row.asked for row in rows), _scores(rows))


def _scores(rows: Iterable[Row[Any]]) -> dict[int, int]:
    found = Counter[int]()
    for row in rows:
        if row.score is not None:
            found[row.score] += row.asked
    return dict(found)


def _names(c: Connection) -> dict[str, dict[Any, str]]:
    tables = {"agent": agents, "team": teams, "queue": queues}
    return {
        by: {row.id: row.name for row in c.execute(select(table.c.id, table.c.name))}
        for by, table in tables.items()
    }
