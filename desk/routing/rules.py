"""Who gets a case. Pure: everyone considered is listed with a score, or with the reason why not."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

from desk.agents.rules import Presence

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Trigger(StrEnum):
    """What made us look for an agent."""

    ARRIVAL = "arrival"  # a case came, from a customer or from the bot
    MOVED = "moved"  # it was moved to another queue, or went on
    BACKLOG = "backlog"  # an agent came, or has room again
    SWEEP = "sweep"  # the timekeeper looked, in case something was missed


class WaitingCase(Struct, frozen=True, kw_only=True):
    """A case without an agent; `points` is what it takes of an agent's capacity."""

    id: int
    queue_id: int
    channel: str
    priority: str
    opened_at: datetime
    points: float


class Candidate(Struct, frozen=True, kw_only=True):
    """An agent of a team that serves the queue, as things stand when the decision is made."""

    agent_id: int
    name: str
    presence: Presence
    capacity: float  # points
    load: float  # points in use: cases that wait for the customer take none
    last_assigned_at: datetime | None = None
    gave_it_back: bool = False


class Judged(Struct, frozen=True, kw_only=True):
    """What the decision says of one candidate; `score` is None for one who cannot take it."""

    agent_id: int
    name: str
    score: float | None
    reason: str
    load: float
    capacity: float


class Decision(Struct, frozen=True, kw_only=True):
    """Who gets it (None: nobody can), with everyone considered, best first, and a sentence."""

    agent_id: int | None
    candidates: tuple[Judged, ...]
    sentence: str


def decide(case: WaitingCase, candidates: Sequence[Candidate], now: datetime) -> Decision:
    """Return who gets `case`: who has most of his capacity free, then who waited longest.

    Alice with 6 of 8 points in use and Bob with 3 of 8: Bob. Both at 3 of 8: whoever got a
    case longest ago.
    """
    able = [(index(case, c, now), c) for c in candidates if refusal(case, c) is None]
    able.sort(key=lambda pair: (-pair[0], pair[1].agent_id))
    judged = [_judged(candidate, score, "") for score, candidate in able]
    for candidate in candidates:
        if (reason := refusal(case, candidate)) is not None:
            judged.append(_judged(candidate, None, reason))
    if not able:
        return Decision(agent_id=None, candidates=tuple(judged), sentence=_nobody(judged))
    chosen = able[0][1]
    rivals = [candidate for _, candidate in able[1:]]
    return Decision(
        agent_id=chosen.agent_id, candidates=tuple(judged), sentence=_because(chosen, rivals)
    )


def refusal(case: WaitingCase, candidate: Candidate) -> str | None:
    """Return why `candidate` cannot take `case`, or None when he can."""
    if candidate.presence is not Presence.ONLINE:
        return f"is {candidate.presence}"
    if candidate.gave_it_back:
        return "gave it back"
    if candidate.capacity <= 0:
        return "takes no cases"
    if candidate.load + case.points > candidate.capacity:
        return f"has no room: {_points(candidate)}, this case takes {case.points:g}"
    return None


def index(case: WaitingCase, candidate: Candidate, now: datetime) -> float:
    """Return how well `case` goes to `candidate`: the free share of his capacity comes first.

    The time since his last case only breaks ties: it adds less than any difference in load
    that half a point makes.
    """
    free = 1 - (candidate.load + case.points) / candidate.capacity
    idle_s = max(0.0, (now - (candidate.last_assigned_at or _NEVER)).total_seconds())
    return free + 1e-3 * idle_s / (idle_s + 86_400)


def _judged(candidate: Candidate, score: float | None, reason: str) -> Judged:
    return Judged(
        agent_id=candidate.agent_id,
        name=candidate.name,
        score=None if score is None else round(score, 6),
        reason=reason or f"could take it: {_points(candidate)}",
        load=candidate.load,
        capacity=candidate.capacity,
    )


def _because(chosen: Candidate, rivals: Sequence[Candidate]) -> str:
    who = f"{chosen.name}: {_points(chosen)}"
    if not rivals:
        return f"{who}, the only one who can take it now."
    share = chosen.load / chosen.capacity
    next_best = rivals[0]
    if next_best.load / next_best.capacity > share:
        return f"{who}, the least of {len(rivals) + 1}. Next best: {_named(next_best)}."
    return f"{who}, as {next_best.name}, but longer without a new case."


def _nobody(judged: Sequence[Judged]) -> str:
    if not judged:
        return "Nobody can take it now: no agent serves this queue."
    reasons = "; ".join(f"{one.name} {one.reason}" for one in judged[:5])
    more = f"; and {len(judged) - 5} more" if len(judged) > 5 else ""
    return f"Nobody can take it now: {reasons}{more}."


def _named(candidate: Candidate) -> str:
    return f"{candidate.name} ({_points(candidate)})"


def _points(candidate: Candidate) -> str:
    return f"{candidate.load:g} of {candidate.capacity:g} points in use"
