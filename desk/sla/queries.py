"""Every read of promises: what is promised to whom, the clocks of cases, what falls due next."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, func, select

from desk.events import log
from desk.events.actors import ActorKind
from desk.events.facts import (
    CaseOpened,
    CasePriorityChanged,
    CaseQueueChanged,
    CasesMerged,
    CaseSplit,
    CaseStatusChanged,
    CasesUnmerged,
    MessageSent,
)
from desk.events.log import Event
from desk.queues.tables import calendars, queues
from desk.sla.calendars import business_hours
from desk.sla.hours import ALWAYS, BusinessHours, working_time
from desk.sla.rules import (
    Answered,
    ClockState,
    Happening,
    MergedAway,
    Metric,
    Opened,
    PrioritySet,
    Promise,
    QueueSet,
    StatusSet,
    Terms,
    Traits,
    due_or_never,
    policy_fits,
)
from desk.sla.tables import sla_clocks, sla_policies, sla_targets

MICROSECOND = timedelta(microseconds=1)
AMBER, RED = 0.75, 0.9  # shares of the budget from which a chip changes its colour

# Made once: they run for every fact that bears on a clock.
_POLICIES = (
    select(sla_policies)
    .where(sla_policies.c.active)
    .order_by(sla_policies.c.position, sla_policies.c.id)
)
_TARGETS = select(sla_targets)
_QUEUES = select(queues.c.id, queues.c.key, queues.c.calendar_id)
_CALENDARS = select(calendars)


class ClockView(Struct, frozen=True, kw_only=True):
    """A promise as screens show it.

    `state` is running, paused, met, breached or cancelled; a breached clock without `ended_at`
    is still open. Times in seconds are working time; while it runs a screen counts down to
    `due_at` on the wall.
    """

    case_id: int
    metric: Metric
    state: str
    started_at: datetime
    budget_s: float
    left_s: float  # when this was read; negative beyond the budget
    due_at: datetime | None
    amber_at: datetime | None  # when 75 % of the budget is gone, while it runs
    red_at: datetime | None  # 90 %
    breached_at: datetime | None
    ended_at: datetime | None


RELEVANT = frozenset(
    str(fact.__struct_config__.tag)
    for fact in (
        CaseOpened,
        CasePriorityChanged,
        CaseQueueChanged,
        CasesMerged,
        CaseSplit,
        CasesUnmerged,
        CaseStatusChanged,
        MessageSent,
    )
)


def happenings(c: Connection, case_id: int) -> list[Happening]:
    """Return what happened to a case, as far as its clocks are concerned, in order."""
    story = log.of_case(c, case_id, kinds=RELEVANT, limit=100_000)
    told = map(happening_of, story)
    return [happening for happening in told if happening is not None]


def happening_of(event: Event) -> Happening | None:
    """Return what `event` means to clocks; None for nothing."""
    match event.fact if event.kind in RELEVANT else None:
        case CaseOpened() as opened:
            traits = Traits(opened.queue_id, opened.channel, opened.inbox, opened.priority)
            asked = event.actor.kind is not ActorKind.AGENT and not opened.automatic
            return Opened(opened.waits_since or event.at, traits, asked)
        case CaseSplit(into_id=into, answered_at=datetime() as answered_at) if (
            into == event.case_id
        ):
            return Answered(answered_at)
        case CasesMerged(into_id=into) if into != event.case_id:
            return MergedAway(event.at, merged=True)
        case CasesUnmerged(into_id=into) if into != event.case_id:
            return MergedAway(event.at, merged=False)
        case CaseStatusChanged(after=status):
            return StatusSet(event.at, status)
        case CasePriorityChanged(after=priority):
            return PrioritySet(event.at, priority)
        case CaseQueueChanged(after=queue_id):
            return QueueSet(event.at, queue_id)
        case MessageSent(author="agent"):
            return Answered(event.at)
    return None


def promises(c: Connection) -> Promise:
    """Return what the active policies promise, as a function of a case's traits and the metric.

    The first policy that fits is taken; a metric or priority it has no target for is not
    promised at all. Hours: the target's calendar, else the queue's, else day and night.
    """
    policies = c.execute(_POLICIES).all()
    targets = {(r.policy_id, r.metric, r.priority): r for r in c.execute(_TARGETS)}
    queue_rows = {row.id: row for row in c.execute(_QUEUES)}
    ids = {row.key: row.id for row in queue_rows.values()}
    fitting = [(row, _by_queue_id(row.conditions, ids)) for row in policies]
    hours = hours_by_id(c)

    @lru_cache(maxsize=64)
    def promise(traits: Traits, metric: Metric) -> Terms | None:
        policy = next((row for row, wanted in fitting if policy_fits(wanted, traits)), None)
        target = policy and targets.get((policy.id, metric.value, traits.priority))
        if policy is None or target is None:
            return None
        queue = queue_rows.get(traits.queue_id)
        calendar_id = target.calendar_id or (queue.calendar_id if queue else None)
        if target.round_the_clock:
            calendar_id = None
        return Terms(
            policy_id=policy.id,
            policy_version=policy.version,
            budget=timedelta(seconds=target.budget_s),
            hours=hours(calendar_id),
            calendar_id=calendar_id,
            warn_shares=tuple(target.warn_shares),
        )

    return promise


def clocks(c: Connection, case_ids: Collection[int], now: datetime) -> dict[int, list[ClockView]]:
    """Return the clocks of many cases at once, by case; cases without any are left out."""
    if not case_ids:
        return {}
    hours = hours_by_id(c)
    found: dict[int, list[ClockView]] = {}
    statement = select(sla_clocks).where(sla_clocks.c.case_id.in_(case_ids))
    for row in c.execute(statement.order_by(sla_clocks.c.id)):
        found.setdefault(row.case_id, []).append(_view(row, hours(row.calendar_id), now))
    return found


def clocks_of(c: Connection, case_id: int, now: datetime) -> list[ClockView]:
    """Return the clocks of one case."""
    return clocks(c, [case_id], now).get(case_id, [])


def fallen_due(c: Connection, now: datetime, limit: int) -> list[int]:
    """Return cases with a clock that is due, or has a warning to give, the longest due first."""
    found: dict[int, None] = {}
    for instant in (sla_clocks.c.due_at, sla_clocks.c.warn_at):
        statement = (
            select(sla_clocks.c.case_id)
            .where(sla_clocks.c.breached_at.is_(None), instant.is_not(None), instant <= now)
            .order_by(instant)
            .limit(limit - len(found))
        )
        found |= dict.fromkeys(c.scalars(statement))
    return list(found)


def next_due(c: Connection) -> datetime | None:
    """Return when a clock next falls due or has a warning to give: when to look again."""
    instants = [
        c.execute(
            select(func.min(instant)).where(
                sla_clocks.c.breached_at.is_(None), instant.is_not(None)
            )
        ).scalar()
        for instant in (sla_clocks.c.due_at, sla_clocks.c.warn_at)
    ]
    return min((instant for instant in instants if instant is not None), default=None)


def _by_queue_id(conditions: dict[str, Any], ids: dict[str, int]) -> dict[str, Any]:
    """Return conditions in which queues are named by id instead of by key."""
    wanted = dict(conditions)
    if "queue" in wanted:
        wanted["queue_id"] = [ids.get(key) for key in wanted.pop("queue")]
    return wanted


def hours_by_id(c: Connection) -> Callable[[int | None], BusinessHours]:
    """Return the opening hours of a calendar by its id; None: every hour."""
    rows = {row.id: row for row in c.execute(_CALENDARS)}

    def hours(calendar_id: int | None) -> BusinessHours:
        if calendar_id is None:
            return ALWAYS
        row = rows[calendar_id]
        return business_hours(row.zone, row.weekly, row.special)

    return hours


def _view(row: Row[Any], hours: BusinessHours, now: datetime) -> ClockView:
    budget, spent = row.budget_us * MICROSECOND, row.spent_us * MICROSECOND
    runs = row.state == ClockState.RUNNING
    left = budget - spent - (working_time(row.since, now, hours) if runs else timedelta())
    amber_at, red_at = (
        due_or_never(row.since, max(budget * share - spent, timedelta()), hours) if runs else None
        for share in (AMBER, RED)
    )
    return ClockView(
        case_id=row.case_id,
        metric=Metric(row.metric),
        state=_shown_state(row),
        started_at=row.started_at,
        budget_s=budget.total_seconds(),
        left_s=left.total_seconds(),
        due_at=row.due_at,
        amber_at=amber_at,
        red_at=red_at,
        breached_at=row.breached_at,
        ended_at=row.ended_at,
    )


def _shown_state(row: Row[Any]) -> str:
    if row.breached_at is not None:
        return "breached"
    return "met" if row.state == ClockState.ENDED else str(row.state)
