"""The life of a case: which status may follow which, and what a message does to it. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    """Where a case stands. Categories are fixed; clocks and reports read only these."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"  # waits for the customer
    ON_HOLD = "on_hold"  # waits for a third party
    RESOLVED = "resolved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How urgent."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Kind(StrEnum):
    """What sort of case."""

    QUESTION = "question"
    INCIDENT = "incident"
    REQUEST = "request"
    COMPLAINT = "complaint"


def kind_of(said: str | None) -> Kind:
    """Return the kind a customer chose; a question where he chose none that there is."""
    return Kind(said) if said in set(Kind) else Kind.QUESTION


ACTIVE = frozenset({Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD})
DONE = frozenset({Status.RESOLVED, Status.CLOSED})

_WORK = frozenset({Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.RESOLVED})
_FOLLOWS: dict[Status, frozenset[Status]] = {
    Status.NEW: _WORK,
    Status.OPEN: _WORK - {Status.OPEN},
    Status.PENDING: _WORK - {Status.PENDING},
    Status.ON_HOLD: _WORK - {Status.ON_HOLD},
    Status.RESOLVED: frozenset({Status.OPEN, Status.CLOSED}),
    Status.CLOSED: frozenset(),
}

CLOSE_AFTER = timedelta(days=4)
FIRST_NUMBER = 1001


def refusal(before: Status, after: Status) -> str | None:
    """Return why `after` may not follow `before`, as a sentence, or None when it may."""
    if after in _FOLLOWS[before]:
        return None
    if before == after:
        return f"The case is {_word(before)} already."
    if before == Status.CLOSED:
        return "A closed case is final: write to the customer in a new case that follows it."
    if after == Status.NEW:
        return "A case is new only once."
    if after == Status.CLOSED:
        return "Resolve the case first; it closes by itself later."
    return f"A case that is {_word(before)} cannot become {_word(after)}: reopen it first."


def after_inbound(before: Status) -> Status:
    """Return the status once the customer has written (a person, not a machine)."""
    return before if before in (Status.NEW, Status.OPEN) else Status.OPEN


def may_reopen(
    status: Status, resolved_at: datetime | None, days: int | None, now: datetime
) -> bool:
    """Return whether a case that is done goes on when its customer writes.

    Within `days` of its resolution, even closed; None: as long as it is not closed.
    """
    if days is None:
        return status != Status.CLOSED
    return resolved_at is not None and now < resolved_at + timedelta(days=days)


def closes_at(resolved_at: datetime, after: timedelta = CLOSE_AFTER) -> datetime:
    """Return when a resolved case closes by itself."""
    return resolved_at + after


def _word(status: Status) -> str:
    return status.value.replace("_", " ")
