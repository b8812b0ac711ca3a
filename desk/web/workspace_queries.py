"""The reads of the agent's screen: whose case it is to see, a page of rows, one case, counts."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, literal, or_, select, text, tuple_

from desk.agents.tables import team_members
from desk.cases import copies, timeline
from desk.cases import queries as cases_read
from desk.cases.queries import CaseRow
from desk.cases.rules import ACTIVE, Status
from desk.cases.tables import ACTIVE_WHERE, case_tags, cases
from desk.cases.timeline import CaseDetail
from desk.db.types import BigId, Instant
from desk.events import log
from desk.kit.errors import Invalid, NotFound
from desk.queues.tables import queue_teams, queues
from desk.satisfaction import queries as ratings
from desk.satisfaction.queries import RatingView
from desk.sla import queries as promises
from desk.sla.queries import ClockView

PAGE = 50
OWN_MOST = 200  # of an agent's own cases: all of them, but for a runaway desk
COUNT_MOST = 100  # "99+": counting stops here
QUEUES_COUNTED = 30
_SNOOZED = "cases.snoozed_until IS NOT NULL"

Place = tuple[datetime, int]  # of a row in its list: when it was last active, and its id


class WorkRow(Struct, frozen=True, kw_only=True):
    """A case in a list, with the promises that are still open."""

    case: CaseRow
    clocks: list[ClockView]
    section: str  # own | waiting | "": the part of the list it stands in


class WorkPage(Struct, frozen=True, kw_only=True):
    """Rows of a view; `cursor` is the place in the event log they were true at."""

    items: list[WorkRow]
    next: str | None
    cursor: str


class WorkCase(CaseDetail, frozen=True, kw_only=True):
    """A case whole, with all its promises."""

    clocks: list[ClockView]
    cc: list[str]  # whom a reply is copied to by itself
    ratings: list[RatingView]  # what its customer gave last, in any case
    cursor: str


class ViewWanted(Struct, frozen=True, kw_only=True):
    """A view as its agent sees it: which cases, and which of them are his own."""

    name: str
    agent_id: int
    condition: ColumnElement[bool]
    oldest_first: bool = False
    own_first: bool = False


def wanted(c: Connection, name: str, agent_id: int) -> ViewWanted:
    """Return the view called mine, unassigned, all, waiting, snoozed, resolved, queue:KEY,
    tag:TAG or customer:ID. What is snoozed stands in its own view, in all and in its customer's.

    Raises:
        Invalid: there is no such view.
        NotFound: no such queue.
    """
    kind, _, key = name.partition(":")
    condition: ColumnElement[bool]
    match kind:
        case "mine" | "unassigned":
            condition = _unowned()
            if kind == "mine":
                condition &= cases.c.queue_id.in_(_queues_served(c, agent_id))
        case "all":
            condition = text(ACTIVE_WHERE)  # type: ignore[assignment] # its words pick the index
        case "waiting":
            condition = _in(Status.PENDING, Status.ON_HOLD) & _here()
        case "snoozed":
            condition = text(_SNOOZED)  # type: ignore[assignment] # its words pick the index
        case "resolved":
            condition = _in(Status.RESOLVED)
        case "queue":
            condition = (cases.c.queue_id == _queue_id(c, key)) & _in(*ACTIVE) & _here()
        case "tag" if key:
            tagged = select(case_tags.c.case_id).where(case_tags.c.tag == key)
            condition = cases.c.id.in_(tagged) & _in(*ACTIVE)
        case "customer" if key.isdecimal() and len(key) < 19:
            condition = cases.c.customer_id == int(key)
        case _:
            raise Invalid(f"There is no view called {name}.", "/view")
    return ViewWanted(
        name=name,
        agent_id=agent_id,
        condition=condition,
        oldest_first=kind in ("mine", "unassigned"),
        own_first=kind == "mine",
    )


def page(
    c: Connection, name: str, agent_id: int, after: Place | None, now: datetime
) -> tuple[WorkPage, Place | None]:
    """Return a page of a view and the place to go on from, None on the last.

    "mine" begins with everything the agent owns; then comes what waits in his queues, the
    longest waiting first.
    """
    view = wanted(c, name, agent_id)
    own: list[int] = []
    if view.own_first and after is None:
        own = [case_id for _, case_id in _places(c, _owned(agent_id), None, OWN_MOST, False)]
    found = _places(c, view.condition, after, PAGE + 1, view.oldest_first)
    shown = found[:PAGE]
    items = _rows(c, view, [*own, *(case_id for _, case_id in shown)], now)
    more = shown[-1] if len(found) > PAGE else None
    return WorkPage(items=items, next=None, cursor=str(log.latest(c))), more


def rows(
    c: Connection, name: str, agent_id: int, case_ids: Collection[int], now: datetime
) -> list[WorkRow]:
    """Return those of the cases that stand in the view."""
    view = wanted(c, name, agent_id)
    condition = or_(_owned(agent_id), view.condition) if view.own_first else view.condition
    here = select(cases.c.id).where(cases.c.id.in_(case_ids), condition)
    return _rows(c, view, list(c.scalars(here)), now)


def detail(c: Connection, number: int, now: datetime) -> WorkCase:
    """Return the case people call `#number`, whole. Raises NotFound."""
    cursor = str(log.latest(c))
    shown = timeline.show(c, number)
    return WorkCase(
        case=shown.case,
        customer=shown.customer,
        timeline=shown.timeline,
        may_become=shown.may_become,
        other_cases=shown.other_cases,
        maybe_same=shown.maybe_same,
        clocks=promises.clocks_of(c, shown.case.id, now),
        cc=list(copies.of_case(c, shown.case.id)),
        ratings=ratings.of_customer(c, shown.case.customer_id),
        cursor=cursor,
    )


def counts(c: Connection, agent_id: int) -> dict[str, int]:
    """Return how many cases each view holds, at most 100 each; of "mine" those he owns."""
    keys = c.scalars(select(queues.c.key).order_by(queues.c.name).limit(QUEUES_COUNTED))
    names = ["unassigned", "all", "waiting", "snoozed", *(f"queue:{key}" for key in keys)]
    found = {name: _count(c, wanted(c, name, agent_id).condition) for name in names}
    return {"mine": _count(c, _owned(agent_id)), **found}


def _rows(c: Connection, view: ViewWanted, case_ids: Sequence[int], now: datetime) -> list[WorkRow]:
    clocks = promises.clocks(c, case_ids, now)
    by_id = {row.id: row for row in cases_read.by_ids(c, list(case_ids))}
    return [
        WorkRow(
            case=by_id[case_id],
            clocks=[clock for clock in clocks.get(case_id, ()) if _is_open(clock)],
            section=_section(view, by_id[case_id]),
        )
        for case_id in case_ids
    ]


def _section(view: ViewWanted, row: CaseRow) -> str:
    if not view.own_first:
        return ""
    return "own" if row.assignee_id == view.agent_id else "waiting"


def _is_open(clock: ClockView) -> bool:
    return clock.ended_at is None and clock.state in ("running", "paused", "breached")


def _places(
    c: Connection,
    condition: ColumnElement[bool],
    after: Place | None,
    limit: int,
    oldest_first: bool,
) -> list[Place]:
    keys = (cases.c.last_message_at, cases.c.id)
    query = select(*keys).where(condition)
    if after is not None:
        here, there = tuple_(*keys), tuple_(literal(after[0], Instant), literal(after[1], BigId))
        query = query.where(here > there if oldest_first else here < there)
    order = keys if oldest_first else tuple(key.desc() for key in keys)
    found = c.execute(query.order_by(*order).limit(limit))
    return [(row.last_message_at, row.id) for row in found]


def _count(c: Connection, condition: ColumnElement[bool]) -> int:
    few = select(cases.c.id).where(condition).limit(COUNT_MOST).subquery()
    return c.execute(select(func.count()).select_from(few)).scalar_one()


def _owned(agent_id: int) -> ColumnElement[bool]:
    return (cases.c.assignee_id == agent_id) & _in(*ACTIVE) & _here()


def _here() -> ColumnElement[bool]:
    return cases.c.snoozed_until.is_(None)


def _unowned() -> ColumnElement[bool]:
    unowned = cases.c.assignee_id.is_(None) & cases.c.with_bot.is_(False)
    return unowned & _in(Status.NEW, Status.OPEN) & _here()


def _in(*statuses: Status) -> ColumnElement[bool]:
    return cases.c.status.in_(sorted(status.value for status in statuses))


def _queues_served(c: Connection, agent_id: int) -> list[int]:
    """Return the queues of the agent's teams, and those that everybody serves."""
    mine = select(team_members.c.team_id).where(team_members.c.agent_id == agent_id)
    served = select(queue_teams.c.queue_id).where(queue_teams.c.team_id.in_(mine))
    limited = select(queue_teams.c.queue_id)
    query = select(queues.c.id).where(or_(queues.c.id.in_(served), queues.c.id.not_in(limited)))
    return list(c.scalars(query))


def _queue_id(c: Connection, key: str) -> int:
    found = c.execute(select(queues.c.id).where(queues.c.key == key)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"There is no queue called {key}.")
    return int(found)
