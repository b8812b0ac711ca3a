"""The promises of a seeded case: what `desk.sla` would have stored, folded from the same facts."""

from datetime import datetime, timedelta
from typing import Any

from bot.demo.seed_rows import Happened, Rows
from desk.events.actors import SYSTEM
from desk.events.fact import Fact
from desk.events.facts import ClockMet, ClockStarted, SlaBreached
from desk.sla.queries import MICROSECOND
from desk.sla.rules import Clock, ClockState, Happening, Promise, due_or_never, fold, progress
from desk.sla.tables import sla_clocks


def promise_all(
    rows: Rows, case: dict[str, Any], story: list[Happening], promise: Promise, now: datetime
) -> None:
    """Add the clocks of a case as they stand at `now`, with their start and outcome as facts."""
    for clock in fold(story, promise, now).values():
        _add(rows, case, clock, now)


def _add(rows: Rows, case: dict[str, Any], clock: Clock, now: datetime) -> None:
    clock_id, name = rows.id(sla_clocks), clock.metric.value
    is_open = clock.state is ClockState.RUNNING and clock.breached_at is None
    rows.add(
        sla_clocks,
        {
            "id": clock_id,
            "case_id": case["id"],
            "metric": name,
            "ordinal": 1,
            "policy_id": clock.terms.policy_id,
            "policy_version": clock.terms.policy_version,
            "queue_id": case["queue_id"],
            "calendar_id": clock.terms.calendar_id,
            "channel": case["channel"],
            "priority": case["priority"],
            "state": clock.state.value,
            "started_at": clock.started_at,
            "since": clock.since,
            "budget_us": clock.terms.budget // MICROSECOND,
            "spent_us": clock.spent // MICROSECOND,
            "due_at": clock.due_at,
            "warn_at": progress(clock, now).next_at if is_open else None,
            "warned_share": progress(clock, now).share,
            **_outcome(case, clock),
        },
    )
    due_at = _first_due(clock)
    _tell(rows, case, clock.started_at, ClockStarted(clock_id=clock_id, metric=name, due_at=due_at))
    if (at := clock.breached_at) is not None:
        _tell(rows, case, at, SlaBreached(clock_id=clock_id, metric=name, due_at=at))
    elif clock.state is ClockState.ENDED:
        _tell(rows, case, clock.since, ClockMet(clock_id=clock_id, metric=name))


def _outcome(case: dict[str, Any], clock: Clock) -> dict[str, Any]:
    is_over, at = clock.state is ClockState.ENDED, clock.breached_at
    over = max(clock.spent - clock.terms.budget, timedelta()) // MICROSECOND
    is_decided = is_over or at is not None
    return {
        "owner_id": case["assignee_id"] if is_decided else None,
        "breached_at": at,
        "late_s": None if at is None else 0.0,
        "ended_at": clock.since if is_over else None,
        "over_us": over if is_over and at is not None else None,
        "outcome_at": at or (clock.since if is_over else None),
    }


def _first_due(clock: Clock) -> datetime | None:
    """Return when a clock fell due as it started; later that moved with every pause."""
    return due_or_never(clock.started_at, clock.terms.budget, clock.terms.hours)


def _tell(rows: Rows, case: dict[str, Any], at: datetime, fact: Fact) -> None:
    rows.happened.append(Happened(at=at, fact=fact, actor=SYSTEM, case_id=case["id"]))
