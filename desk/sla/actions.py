"""Every write to promises: policies, and the clocks of a case brought up to what happened to it."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from desk.cases.rules import Priority
from desk.cases.tables import cases
from desk.db.upsert import insert_new_id
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.fact import Fact
from desk.events.facts import (
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    SlaBreached,
    SlaWarned,
)
from desk.sla import queries
from desk.sla.queries import MICROSECOND
from desk.sla.rules import Clock, ClockState, Metric, Opened, Promise, fold, progress
from desk.sla.tables import sla_clocks, sla_policies, sla_targets

# Made once: they run for every fact that bears on a clock.
_HELD = select(sla_clocks).where(sla_clocks.c.case_id == bindparam("case_id")).with_for_update()
_CASE: Select[Any] = select(
    cases.c.id, cases.c.queue_id, cases.c.priority, cases.c.assignee_id
).where(cases.c.id == bindparam("case_id"))


class TargetDraft(Struct, frozen=True, kw_only=True):
    """What a policy promises for one metric and priority; see desk.sla.tables for the columns."""

    metric: Metric
    priority: Priority
    budget: timedelta
    calendar_id: int | None = None
    round_the_clock: bool = False
    warn_shares: tuple[float, ...] = (0.5, 0.75, 0.9)


class PolicyDraft(Struct, frozen=True, kw_only=True):
    """A policy; the first one by position whose conditions fit a case is its policy."""

    name: str
    position: int
    targets: tuple[TargetDraft, ...]
    conditions: dict[str, list[str]] = {}  # {"queue": ["support"], "channel": ["chat"]}


def define_policy(c: Connection, draft: PolicyDraft) -> int:
    """Make the policy or replace the one of that name; return its id.

    A policy that differs gets the next version; the same again changes nothing. Clocks that
    are open follow it once `desk.sla.jobs.recompute` has run, or when next something happens
    to their case.
    """
    known = c.execute(select(sla_policies).where(sla_policies.c.name == draft.name)).one_or_none()
    row = {"position": draft.position, "conditions": draft.conditions, "active": True}
    if known is None:
        policy_id = c.execute(
            insert(sla_policies)
            .values(name=draft.name, version=1, **row)
            .returning(sla_policies.c.id)
        ).scalar_one()
    elif _is_as_drafted(c, known, draft):
        return int(known.id)
    else:
        policy_id = known.id
        changed = update(sla_policies).where(sla_policies.c.id == policy_id)
        c.execute(changed.values(version=known.version + 1, **row))
        c.execute(delete(sla_targets).where(sla_targets.c.policy_id == policy_id))
    if draft.targets:
        c.execute(insert(sla_targets), [_target_row(policy_id, one) for one in draft.targets])
    return int(policy_id)


def refresh(c: Connection, case_id: int, *, now: datetime, promise: Promise | None = None) -> None:
    """Bring the stored clocks of a case to what its facts say; tell what changed.

    Safe to repeat, from any number of processes: what is stored is a cache of the facts, and
    a breach is told by whoever's UPDATE hits the clock that had none.

    Args:
        promise: `queries.promises`, where many cases are refreshed in one unit.
    """
    stored = {row.metric: row for row in c.execute(_HELD, {"case_id": case_id})}
    story = queries.happenings(c, case_id)
    opened = next((one for one in story if isinstance(one, Opened)), None)
    case = c.execute(_CASE, {"case_id": case_id}).one_or_none()
    if opened is None or case is None:
        return
    clocks = fold(story, promise or queries.promises(c), now)
    for clock in clocks.values():
        row = stored.get(clock.metric)
        if row is None:
            start(c, case, clock, opened.traits.channel, now=now)
        else:
            _bring(c, case, row, clock, now=now)
    for metric in stored.keys() - clocks.keys():
        _write(c, stored[metric], {"state": ClockState.CANCELLED, "due_at": None, "warn_at": None})


def start(c: Connection, case: Row[Any], clock: Clock, channel: str, *, now: datetime) -> None:
    """Start a clock of a case, and bring it on if much has happened since."""
    fresh = {
        "case_id": case.id,
        "metric": clock.metric.value,
        "ordinal": 1,
        "channel": channel,
        "started_at": clock.started_at,
        "warned_share": 0.0,
        **_state_of(case, clock, now),
        "state": ClockState.RUNNING,
    }
    clock_id = insert_new_id(c, sla_clocks, fresh, ["case_id", "metric", "ordinal"])
    if clock_id is None:
        return  # another process was first, and knows as much as we do
    fact = ClockStarted(clock_id=clock_id, metric=clock.metric.value, due_at=clock.due_at)
    _tell(c, case.id, fact, now)
    if clock.state is ClockState.RUNNING and progress(clock, now).share == 0:
        return
    row = c.execute(select(sla_clocks).where(sla_clocks.c.id == clock_id)).one()
    _bring(c, case, row, clock, now=now)


def breach(c: Connection, case: Row[Any], row: Row[Any], at: datetime, *, now: datetime) -> bool:
    """Record that a clock ran out at `at`; False when somebody has recorded it already."""
    late_s = max(0.0, (now - at).total_seconds())
    hit = c.execute(
        update(sla_clocks)
        .where(sla_clocks.c.id == row.id, sla_clocks.c.breached_at.is_(None))
        .values(breached_at=at, late_s=late_s, outcome_at=at, owner_id=case.assignee_id)
    )
    if hit.rowcount != 1:
        return False
    fact = SlaBreached(clock_id=row.id, metric=row.metric, due_at=at, late_s=late_s)
    _tell(c, case.id, fact, now)
    return True


def _bring(c: Connection, case: Row[Any], row: Row[Any], clock: Clock, *, now: datetime) -> None:
    if row.state == clock.state == ClockState.ENDED:
        return  # a kept promise is not judged by terms that came later
    _write(c, row, _state_of(case, clock, now) | _outcome_of(case, row, clock))
    if clock.breached_at is not None and row.breached_at is None:
        breach(c, case, row, clock.breached_at, now=now)
    elif row.breached_at is None:
        _warn(c, case.id, row, clock, now=now)
    if (fact := _transition(row, clock)) is not None:
        _tell(c, case.id, fact, now)


def _warn(c: Connection, case_id: int, row: Row[Any], clock: Clock, *, now: datetime) -> None:
    share = progress(clock, now).share
    if clock.state is not ClockState.RUNNING or share <= row.warned_share:
        return
    _write(c, row, {"warned_share": share})
    _tell(c, case_id, SlaWarned(clock_id=row.id, metric=row.metric, share=share), now)


def _transition(row: Row[Any], clock: Clock) -> Fact | None:
    """Return the fact that tells how the clock's state changed, None when it did not."""
    if row.state == clock.state:
        return None
    name = clock.metric.value
    match clock.state:
        case ClockState.PAUSED:
            return ClockPaused(clock_id=row.id, metric=name, cause="waits for the customer")
        case ClockState.RUNNING:
            return ClockResumed(clock_id=row.id, metric=name, due_at=clock.due_at)
        case ClockState.ENDED if clock.breached_at is None and row.breached_at is None:
            return ClockMet(clock_id=row.id, metric=name)
    return None


def _state_of(case: Row[Any], clock: Clock, now: datetime) -> dict[str, Any]:
    is_open = clock.state is ClockState.RUNNING and clock.breached_at is None
    return {
        "policy_id": clock.terms.policy_id,
        "policy_version": clock.terms.policy_version,
        "queue_id": case.queue_id,
        "calendar_id": clock.terms.calendar_id,
        "priority": case.priority,
        "state": clock.state.value,
        "since": clock.since,
        "budget_us": clock.terms.budget // MICROSECOND,
        "spent_us": clock.spent // MICROSECOND,
        "due_at": clock.due_at,
        "warn_at": progress(clock, now).next_at if is_open else None,
    }


def _outcome_of(case: Row[Any], row: Row[Any], clock: Clock) -> dict[str, Any]:
    """Return what is known at the end of a clock; a breach keeps its own instant and owner."""
    is_late = row.breached_at is not None or clock.breached_at is not None
    over = clock.spent - clock.terms.budget
    if clock.state is not ClockState.ENDED:
        open_again = {"ended_at": None, "over_us": None}
        return open_again if is_late else open_again | {"outcome_at": None, "owner_id": None}
    ended = {"ended_at": clock.since, "over_us": max(0, over // MICROSECOND) if is_late else None}
    return ended if is_late else ended | {"outcome_at": clock.since, "owner_id": case.assignee_id}


def _write(c: Connection, row: Row[Any], values: dict[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if row._mapping[name] != value}
    if changed:
        c.execute(update(sla_clocks).where(sla_clocks.c.id == row.id).values(**changed))


def _tell(c: Connection, case_id: int, fact: Fact, now: datetime) -> None:
    log.append(c, fact, now=now, actor=SYSTEM, case_id=case_id)


def _is_as_drafted(c: Connection, known: Row[Any], draft: PolicyDraft) -> bool:
    if (known.position, known.conditions, known.active) != (draft.position, draft.conditions, True):
        return False
    wanted = [_target_row(known.id, target) for target in draft.targets]
    stored = select(sla_targets).where(sla_targets.c.policy_id == known.id)
    rows = [{name: row._mapping[name] for name in _TARGET} for row in c.execute(stored)]
    return sorted(rows, key=_by_target) == sorted(wanted, key=_by_target)


def _by_target(row: dict[str, Any]) -> tuple[str, str]:
    return row["metric"], row["priority"]


_TARGET = [column.name for column in sla_targets.c if column.name != "id"]


def _target_row(policy_id: int, target: TargetDraft) -> dict[str, Any]:
    return {
        "policy_id": policy_id,
        "metric": target.metric.value,
        "priority": target.priority.value,
        "budget_s": target.budget // timedelta(seconds=1),
        "calendar_id": target.calendar_id,
        "round_the_clock": target.round_the_clock,
        "warn_shares": list(target.warn_shares),
    }
