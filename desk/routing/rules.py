"""Who gets a case. Pure: everyone considered is listed with his index, or with why not."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from desk.agents.rules import Presence
from desk.routing.weighing import (
    Candidate,
    Crew,
    Factors,
    WaitingCase,
    Weights,
    crew_of,
    held_for,
    level_of,
    speaks,
    weigh,
)

LIVE_AT_ONCE = 2  # chats in one agent's hands
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Trigger(StrEnum):
    """What made us look for an agent."""

    ARRIVAL = "arrival"  # a case came, from a customer or from the bot
    MOVED = "moved"  # it was moved to another queue, or went on
    BACKLOG = "backlog"  # an agent came, or has room again
    SWEEP = "sweep"  # the timekeeper looked, in case something was missed
    NEXT = "next"  # an agent asked for his next case


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


def decide(
    case: WaitingCase,
    candidates: Sequence[Candidate],
    now: datetime,
    *,
    waiting: Sequence[WaitingCase] = (),
    weights: Weights = Weights(),  # noqa: B008 - frozen
) -> Decision:
    """Return who gets `case`: the candidate with the largest index (see desk.routing.weighing).

    Alice with 6 of 8 points in use and Bob with 3 of 8: Bob. Both alike: whoever got a case
    longest ago. `waiting` is what else waits: skills that it asks for are kept for it.
    """
    crew = crew_of(candidates, waiting)
    able: list[tuple[float, Candidate, Factors]] = []
    judged: list[Judged] = []
    for candidate in candidates:
        reason = refusal(case, candidate) or held_for(case, candidate, crew, now, weights)
        factors = weigh(case, candidate, crew, now, weights)
        if reason is None:
            able.append((factors.index + _idle(candidate, now), candidate, factors))
        else:
            judged.append(_judged(case, candidate, None, reason))
    able.sort(key=lambda one: (-one[0], one[1].agent_id))
    best = [_judged(case, one, factors.index, _merits(case, one)) for _, one, factors in able]
    if not able:
        sentence = _nobody(judged)
        return Decision(agent_id=None, candidates=tuple(judged), sentence=sentence)
    return Decision(
        agent_id=able[0][1].agent_id,
        candidates=(*best, *judged),
        sentence=_because(case, [candidate for _, candidate, _ in able], crew, now),
    )


class Pair(Struct, frozen=True):
    """Who gets what, and the number that said so."""

    case_id: int
    agent_id: int
    index: float


def assign(
    waiting: Sequence[WaitingCase],
    candidates: Sequence[Candidate],
    now: datetime,
    *,
    weights: Weights = Weights(),  # noqa: B008 - frozen
) -> list[Pair]:
    """Return who gets what of all that waits: always the largest index of those left next.

    Each case goes to one agent; an agent gets as many as he has room for.
    """
    crew, left = crew_of(candidates, waiting), {one.id: one for one in waiting}
    people = {one.agent_id: one for one in candidates}
    scored = {
        (case.id, one.agent_id): weigh(case, one, crew, now, weights).index
        for case in waiting
        for one in candidates
        if refusal(case, one) is None and held_for(case, one, crew, now, weights) is None
    }
    pairs: list[Pair] = []
    while scored:
        (case_id, agent_id), index = max(scored.items(), key=lambda pair: (pair[1], pair[0]))
        case, taken = left.pop(case_id), people[agent_id]
        pairs.append(Pair(case_id, agent_id, index))
        people[agent_id] = replace(
            taken, load=taken.load + case.points, live=taken.live + case.live
        )
        scored = {
            key: value
            for key, value in scored.items()
            if key[0] != case_id
            and (key[1] != agent_id or refusal(left[key[0]], people[agent_id]) is None)
        }
    return pairs


def in_turn(
    me: Candidate,
    waiting: Sequence[WaitingCase],
    candidates: Sequence[Candidate],
    now: datetime,
    *,
    weights: Weights = Weights(),  # noqa: B008 - frozen
) -> list[tuple[WaitingCase, Decision]]:
    """Return what waits in the order in which `me`, who asks for it, should do it.

    Room is no matter: he knows what he can take. What is kept for others comes after all else.
    """
    crew = crew_of(candidates, waiting)
    found = []
    for case in waiting:
        index = weigh(case, me, crew, now, weights).index
        kept = held_for(case, me, crew, now, weights) is not None
        judged = _judged(case, me, index, _merits(case, me))
        sentence = f"{me.name} asked for the next case: {_merits(case, me)}.{_left(case, now)}"
        decision = Decision(agent_id=me.agent_id, candidates=(judged,), sentence=sentence)
        found.append((kept, -index, case.opened_at, case.id, case, decision))
    found.sort(key=lambda one: one[:4])
    return [(case, decision) for *_, case, decision in found]


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
    if case.live and candidate.live >= LIVE_AT_ONCE:
        return f"is in {candidate.live} chats already"
    return None


def _idle(candidate: Candidate, now: datetime) -> float:
    """Return what breaks ties only: the time since somebody's last case."""
    idle_s = max(0.0, (now - (candidate.last_assigned_at or _NEVER)).total_seconds())
    return 1e-9 * idle_s / (idle_s + 86_400)


def _judged(case: WaitingCase, candidate: Candidate, score: float | None, reason: str) -> Judged:
    return Judged(
        agent_id=candidate.agent_id,
        name=candidate.name,
        score=None if score is None else round(score, 6),
        reason=reason,
        load=candidate.load,
        capacity=candidate.capacity,
    )


def _merits(case: WaitingCase, candidate: Candidate) -> str:
    """Return what speaks for somebody, or against him, in a few words."""
    said = []
    if case.manager_id == candidate.agent_id:
        said.append("is the customer's contact")
    elif case.last_agent_id == candidate.agent_id:
        said.append("had the customer's last case")
    if case.skill:
        knows = ("does not know {}", "knows {}", "is an expert for {}")
        said.append(knows[level_of(candidate, case.skill)].format(case.skill))
    if case.language and candidate.languages:
        does = "speaks" if speaks(candidate, case.language) else "does not speak"
        said.append(f"{does} {case.language}")
    return ", ".join([*said, _points(candidate)])


def _because(case: WaitingCase, able: Sequence[Candidate], crew: Crew, now: datetime) -> str:
    chosen, rivals = able[0], able[1:]
    who = f"{chosen.name}: {_merits(case, chosen)}"
    left = _left(case, now)
    if not rivals:
        return f"{who}, the only one who can take it now.{left}"
    if _merits(case, rivals[0]).partition(" of ")[0] == _merits(case, chosen).partition(" of ")[0]:
        return f"{who}, as {rivals[0].name}, but longer without a new case.{left}"
    return f"{who}. Next best: {rivals[0].name} ({_merits(case, rivals[0])}).{left}"


def _left(case: WaitingCase, now: datetime) -> str:
    """Return how much of the promised time is left, where a promise is known."""
    if case.age_s is None:
        return ""
    left = round((case.promised_s - case.age_s) / 60)
    promised = round(case.promised_s / 60)
    if left < 0:
        return f" The answer is {-left} min late."
    return f" {left} of {promised} min are left."


def _nobody(judged: Sequence[Judged]) -> str:
    if not judged:
        return "Nobody can take it now: no agent serves this queue."
    reasons = "; ".join(f"{one.name} {one.reason}" for one in judged[:5])
    more = f"; and {len(judged) - 5} more" if len(judged) > 5 else ""
    return f"Nobody can take it now: {reasons}{more}."


def _points(candidate: Candidate) -> str:
    return f"{candidate.load:g} of {candidate.capacity:g} points in use"
