"""What a promise means: the clocks of a case as a fold over what happened to it.

Pure: no clock, no database. Stored clocks are a cache of what `fold` returns, so a changed
policy, calendar or priority is dealt with by folding again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from desk.cases.rules import DONE, Status
from desk.kit.errors import NeverOpen
from desk.sla.hours import BusinessHours, due_at, working_time


class Metric(StrEnum):
    """What is promised."""

    FIRST_RESPONSE = "first_response"  # until a person first answered in public
    RESOLUTION = "resolution"  # until the case is resolved, waiting for the customer apart


class ClockState(StrEnum):
    """Whether time passes. Late or not is another matter: a late clock still runs and pauses."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    CANCELLED = "cancelled"  # there is nothing to keep any more


@dataclass(frozen=True)
class Traits:
    """What policies look at."""

    queue_id: int
    channel: str
    inbox: str
    priority: str


@dataclass(frozen=True)
class Terms:
    """What is promised to one case for one metric, and whose time counts."""

    policy_id: int
    policy_version: int
    budget: timedelta
    hours: BusinessHours
    calendar_id: int | None = None  # where `hours` is kept; None: every hour counts
    warn_shares: tuple[float, ...] = (0.5, 0.75, 0.9)


Promise = Callable[[Traits, Metric], Terms | None]


@dataclass(frozen=True)
class Opened:
    """The case began; `asked` unless an agent or an automatic mail began it."""

    at: datetime
    traits: Traits
    asked: bool = True


@dataclass(frozen=True)
class Answered:
    """A person's public answer was taken by the channel."""

    at: datetime


@dataclass(frozen=True)
class StatusSet:
    """The status became this."""

    at: datetime
    status: str


@dataclass(frozen=True)
class QueueSet:
    """The case waits in this queue from now on."""

    at: datetime
    queue_id: int


@dataclass(frozen=True)
class PrioritySet:
    """The priority became this."""

    at: datetime
    priority: str


@dataclass(frozen=True)
class MergedAway:
    """The case went on as another one, whose clocks run; or it is one of its own again."""

    at: datetime
    merged: bool


Happening = Opened | Answered | StatusSet | QueueSet | PrioritySet | MergedAway


@dataclass(frozen=True)
class Clock:
    """One promise to one case. `spent` is the working time until `since`.

    A clock that is `breached_at` stays so, whatever happens later; it still runs, pauses and
    ends. `due_at` is None while time does not pass, and for a calendar that never opens.
    """

    metric: Metric
    terms: Terms
    started_at: datetime
    state: ClockState
    since: datetime  # when the state began, or the terms last changed
    spent: timedelta = timedelta()
    due_at: datetime | None = None
    breached_at: datetime | None = None

    def spent_by(self, now: datetime) -> timedelta:
        """Return the working time used until `now`."""
        if self.state is not ClockState.RUNNING:
            return self.spent
        return self.spent + working_time(self.since, now, self.terms.hours)


@dataclass(frozen=True)
class Progress:
    """How far a clock has come: the largest share that has passed, and when the next one will."""

    share: float
    next_at: datetime | None


@dataclass(frozen=True)
class _Story:
    traits: Traits
    asked: bool
    status: str = Status.NEW
    answered: bool = False
    merged: bool = False


def fold(happenings: Iterable[Happening], promise: Promise, now: datetime) -> dict[Metric, Clock]:
    """Return the clocks of a case after `happenings`, as they stand at `now`.

    Args:
        happenings: in the order the desk received them, the opening first; what comes before
            an opening is ignored.
        promise: the terms for a case with these traits; None where nothing is promised.
        now: not before the last happening.
    """
    story: _Story | None = None
    clocks: dict[Metric, Clock] = {}
    for happening in happenings:
        story = _told(story, happening)
        if story is None:
            continue
        for metric in Metric:
            terms = promise(story.traits, metric)
            moved = _moved(clocks.get(metric), metric, _wanted(story, metric), terms, happening.at)
            if moved is not None:
                clocks[metric] = moved
    return {metric: _seen(clock, now) for metric, clock in clocks.items()}


def progress(clock: Clock, now: datetime) -> Progress:
    """Return which warn share `clock` has passed at `now` and when it will pass the next."""
    passed, spent = 0.0, clock.spent_by(now)
    for share in sorted(clock.terms.warn_shares):
        needed = clock.terms.budget * share - spent
        if needed <= timedelta():
            passed = share
        elif clock.state is ClockState.RUNNING and clock.breached_at is None:
            return Progress(passed, due_or_never(now, needed, clock.terms.hours))
    return Progress(passed, None)


def due_or_never(start: datetime, budget: timedelta, hours: BusinessHours) -> datetime | None:
    """Return when `budget` of working time has passed, None on a calendar that never opens."""
    try:
        return due_at(start, budget, hours)
    except NeverOpen:
        return None


def policy_fits(conditions: Mapping[str, Sequence[Any]], traits: Traits) -> bool:
    """Return whether a policy is meant for `traits`: every condition names one of its values.

    `{"channel": ["chat", "telegram"], "priority": ["urgent"]}`; `{}` fits every case. A
    condition that this version does not know fits none.
    """
    return all(
        getattr(traits, name, None) in wanted if name in _TRAIT_NAMES else False
        for name, wanted in conditions.items()
    )


_TRAIT_NAMES = frozenset(Traits.__dataclass_fields__)


def _told(story: _Story | None, happening: Happening) -> _Story | None:
    if isinstance(happening, Opened):
        return _Story(happening.traits, happening.asked) if story is None else story
    if story is None:
        return None
    match happening:
        case Answered():
            return replace(story, answered=True)
        case StatusSet(status=status):
            return replace(story, status=status)
        case QueueSet(queue_id=queue_id):
            return replace(story, traits=replace(story.traits, queue_id=queue_id))
        case PrioritySet(priority=priority):
            return replace(story, traits=replace(story.traits, priority=priority))
        case MergedAway(merged=merged):
            return replace(story, merged=merged)


def _wanted(story: _Story, metric: Metric) -> ClockState | None:
    """Return the state a clock of `metric` should be in; None where there is none to run."""
    alone = _alone(story, metric)
    return ClockState.CANCELLED if story.merged and alone in _OPEN else alone


_OPEN = (ClockState.RUNNING, ClockState.PAUSED)


def _alone(story: _Story, metric: Metric) -> ClockState | None:
    over = story.status in DONE
    if metric is Metric.FIRST_RESPONSE:
        if not story.asked:
            return None
        if story.answered:
            return ClockState.ENDED
        return ClockState.CANCELLED if over else ClockState.RUNNING
    if over:
        return ClockState.ENDED
    return ClockState.PAUSED if story.status == Status.PENDING else ClockState.RUNNING


def _moved(
    clock: Clock | None,
    metric: Metric,
    wanted: ClockState | None,
    terms: Terms | None,
    at: datetime,
) -> Clock | None:
    if wanted is None:
        return clock
    if terms is None and wanted is not ClockState.ENDED:
        wanted = ClockState.CANCELLED
    if clock is None:
        if terms is None or wanted in (ClockState.ENDED, ClockState.CANCELLED):
            return None
        return _run(Clock(metric, terms, started_at=at, state=wanted, since=at))
    terms = terms or clock.terms
    if clock.state is wanted and (clock.terms == terms or wanted is ClockState.ENDED):
        return clock  # a kept promise is not judged by terms that came later
    late = clock.due_at if clock.due_at is not None and clock.due_at < at else None
    return _run(
        replace(
            clock,
            terms=terms,
            state=wanted,
            since=at,
            spent=clock.spent_by(at),
            breached_at=clock.breached_at or late,
        )
    )


def _run(clock: Clock) -> Clock:
    if clock.state is not ClockState.RUNNING:
        return replace(clock, due_at=None)
    left = max(clock.terms.budget - clock.spent, timedelta())
    return replace(clock, due_at=due_or_never(clock.since, left, clock.terms.hours))


def _seen(clock: Clock, now: datetime) -> Clock:
    if clock.breached_at is None and clock.due_at is not None and clock.due_at <= now:
        return replace(clock, breached_at=clock.due_at)
    return clock
