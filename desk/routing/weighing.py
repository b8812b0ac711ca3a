"""How well a case goes to an agent, as one number whose factors are the explanation. Pure.

The number is cost of delay over effort, as in Gc-mu scheduling, times how well the two fit:

    x = (age + effort) / promised time, on the business clock
    I = w x^2 / promised / (effort * slowness) * fit * language * knows * fair / scarce

Whoever pairs the largest I first serves what is urgent before what is merely old, keeps rare
skills for those who need them, and shares work evenly.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from desk.agents.rules import Presence

EXPERT, ABLE, LAYMAN = 2, 1, 0  # levels of a skill
_PRIORITIES = {"urgent": 8.0, "high": 4.0, "normal": 1.0, "low": 0.5}


class Weights(Struct, frozen=True, kw_only=True):
    """What the factors are worth. Other weights make another policy, for replay and simulation."""

    priority: Mapping[str, float] = field(default_factory=lambda: dict(_PRIORITIES))
    slowness: tuple[float, float, float] = (1.8, 1.25, 1.0)  # by level of skill
    fit: tuple[float, float, float] = (0.3, 0.85, 1.0)
    foreign: float = 0.15  # does not speak the customer's language
    knows: float = 1.6  # had the customer's last case
    manages: float = 3.0  # is named as the customer's contact
    fair: float = 0.5  # how much a load above the others' weighs
    scarce: float = 0.25  # how much a skill is kept for those who need it
    skill_hold: float = 0.75  # a layman waits until this share of the promised time is gone
    language_hold: float = 0.9


class WaitingCase(Struct, frozen=True, kw_only=True):
    """A case without an agent; `points` is what it takes of an agent's capacity."""

    id: int
    queue_id: int
    channel: str
    priority: str
    opened_at: datetime
    points: float
    live: bool = False  # the customer waits before the screen
    skill: str = ""  # that it needs; "": none in particular
    language: str | None = None
    age_s: float | None = None  # business time it has waited; None: since `opened_at`
    promised_s: float = 14_400.0  # until the first answer
    effort_s: float = 600.0  # of work it takes, as such cases do
    last_agent_id: int | None = None  # who had the customer's last case
    manager_id: int | None = None  # the customer's named contact


class Candidate(Struct, frozen=True, kw_only=True):
    """An agent of a team that serves the queue, as things stand when the decision is made."""

    agent_id: int
    name: str
    presence: Presence
    capacity: float  # points
    load: float  # points in use: cases that wait for the customer take none
    last_assigned_at: datetime | None = None
    gave_it_back: bool = False
    skills: Mapping[str, int] = {}  # level by skill
    languages: tuple[str, ...] = ()  # empty: all that come
    occupancy: float | None = None  # share of his time at work, 0 to 1; None: load of capacity
    live: int = 0  # chats in his hands

    @property
    def busy(self) -> float:
        """How much of him is taken, 0 to 1 and beyond."""
        if self.occupancy is not None:
            return self.occupancy
        return self.load / self.capacity if self.capacity > 0 else 1.0


class Crew(Struct, frozen=True):
    """What a decision must know of all who are on duty, and of all that waits."""

    mean_busy: float
    demand: Mapping[str, float]  # waiting cases per holder of each skill and language
    on_duty: Sequence[Candidate]


class Factors(Struct, frozen=True, kw_only=True):
    """One pair's number and what it is made of."""

    index: float
    pressure: float  # x: 1 when the promised time is gone
    fit: float
    language: float
    knows: float
    fair: float
    scarce: float


def crew_of(candidates: Sequence[Candidate], waiting: Sequence[WaitingCase] = ()) -> Crew:
    """Return what is common to all decisions of one moment."""
    on_duty = [one for one in candidates if one.presence is Presence.ONLINE]
    mean = sum(one.busy for one in on_duty) / len(on_duty) if on_duty else 0.0
    asked = Counter(need for case in waiting for need in _needs(case))
    holders = Counter(gift for one in on_duty for gift in _gifts(one))
    demand = {need: count / max(1, holders[need]) for need, count in asked.items()}
    return Crew(mean, demand, on_duty)


def _needs(case: WaitingCase) -> list[str]:
    """Return what a case asks for that not everybody has: a skill, a language."""
    return [*filter(None, (case.skill, case.language and f"speaks {case.language}"))]


def _gifts(one: Candidate) -> list[str]:
    skills = [name for name, level in one.skills.items() if level > LAYMAN]
    return [*skills, *(f"speaks {language}" for language in one.languages)]


def level_of(candidate: Candidate, skill: str) -> int:
    """Return how well somebody knows what a case needs: 0, 1 or 2."""
    return candidate.skills.get(skill, LAYMAN) if skill else EXPERT


def speaks(candidate: Candidate, language: str | None) -> bool:
    """Return whether somebody speaks a case's language, as far as either is known."""
    return not language or not candidate.languages or language in candidate.languages


def pressure(case: WaitingCase, now: datetime) -> float:
    """Return the share of the promised time that is gone once the case has been worked on."""
    age_s = case.age_s
    if age_s is None:
        age_s = max(0.0, (now - case.opened_at).total_seconds())
    return (age_s + case.effort_s) / max(1.0, case.promised_s)


def urgency(case: WaitingCase, now: datetime, weights: Weights = Weights()) -> float:  # noqa: B008
    """Return what a moment of waiting costs: the part of the index that is the case's alone."""
    x = pressure(case, now)
    return weights.priority.get(case.priority, 1.0) * x * x / max(1.0, case.promised_s)


def weigh(
    case: WaitingCase,
    candidate: Candidate,
    crew: Crew,
    now: datetime,
    weights: Weights = Weights(),  # noqa: B008 - frozen
) -> Factors:
    """Return how well `case` goes to `candidate`, whether he may take it or not."""
    level = level_of(candidate, case.skill)
    knows = 1.0
    if case.manager_id == candidate.agent_id:
        knows = weights.manages
    elif case.last_agent_id == candidate.agent_id:
        knows = weights.knows
    own = max((crew.demand.get(need, 0.0) for need in _needs(case)), default=0.0)
    wanted = max((crew.demand.get(gift, 0.0) for gift in _gifts(candidate)), default=0.0)
    fair = max(0.05, 1 - weights.fair * (candidate.busy - crew.mean_busy))
    scarce = 1 + weights.scarce * max(0.0, wanted - own)
    fit, language = weights.fit[level], 1.0 if speaks(candidate, case.language) else weights.foreign
    cost = urgency(case, now, weights)
    effort = max(1.0, case.effort_s) * weights.slowness[level]
    return Factors(
        index=cost / effort * fit * language * knows * fair / scarce * _PER_DAY,
        pressure=pressure(case, now),
        fit=fit,
        language=language,
        knows=knows,
        fair=fair,
        scarce=scarce,
    )


def held_for(
    case: WaitingCase,
    candidate: Candidate,
    crew: Crew,
    now: datetime,
    weights: Weights = Weights(),  # noqa: B008 - frozen
) -> str | None:
    """Return why a case is kept for somebody who fits better, None when it is not."""
    able, heard = level_of(candidate, case.skill) > LAYMAN, speaks(candidate, case.language)
    if able and heard:
        return None
    x = pressure(case, now)
    speakers = [one for one in crew.on_duty if speaks(one, case.language)]
    fitting = [one for one in speakers if level_of(one, case.skill) > LAYMAN]
    if not heard and speakers and x < weights.language_hold:
        who = (fitting or speakers)[0].name
        return f"does not speak {case.language}, and {who} does"
    if not able and fitting and x < weights.skill_hold:
        return f"does not know {case.skill}, and {fitting[0].name} does"
    return None


_PER_DAY = 86_400.0**2  # the index as people read it: about 1 for an ordinary case at its due time
