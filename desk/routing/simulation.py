"""A day of a desk, played in a moment: arrivals, agents at work, and what became of every promise.

Pure and seeded: the same scenario and seed give the same customers whatever the policy, so that
policies are compared on the very same day. Times are minutes since the desk opened.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import exp, log
from random import Random

from msgspec import Struct, field

from desk.agents.rules import Presence
from desk.routing.weighing import Candidate, WaitingCase, level_of, speaks

OPENS = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY_MIN = 480.0
TICK_MIN = 0.5
DRAIN_MIN = 240.0  # after the last arrival, what waits is still served
_SLOWNESS = (1.8, 1.25, 1.0)
_SLOWER_TOGETHER = 0.75  # each of two chats goes on at this pace


class Kind(Struct, frozen=True):
    """What comes on one channel: its share, its work, its promise, all in minutes."""

    share: float
    effort_min: float
    promised_min: float
    points: float
    live: bool = False


CHANNELS: Mapping[str, Kind] = {
    "chat": Kind(0.35, 9.0, 3.0, 3.0, live=True),
    "telegram": Kind(0.15, 6.0, 30.0, 2.0),
    "slack": Kind(0.10, 6.0, 30.0, 2.0),
    "email": Kind(0.40, 8.0, 240.0, 1.0),
}
PRIORITIES = {
    "urgent": (0.05, 0.5),
    "high": (0.15, 0.75),
    "normal": (0.65, 1.0),
    "low": (0.15, 2.0),
}
SKILLS = {"": 0.4, "billing": 0.25, "technical": 0.25, "returns": 0.1}
LANGUAGES = {"en": 0.6, "es": 0.2, "de": 0.12, "fr": 0.08}


class Scenario(Struct, frozen=True, kw_only=True):
    """How a day is: the work that comes against the hands there are."""

    name: str
    agents: int = 14
    load: float = 0.85  # work that comes, as a share of the agents' time
    spike: float = 0.0  # this much more in an hour at noon
    absent: float = 0.0  # this share of the agents does not come
    backlog: int = 25  # mails of the night
    patience_min: float = 12.0  # of who waits in a chat, on average


SCENARIOS = (
    Scenario(name="85 % load"),
    Scenario(name="92 % load", load=0.92),
    Scenario(name="98 % load", load=0.98),
    Scenario(name="a spike", spike=1.5),
    Scenario(name="a quarter absent", load=0.7, absent=0.25),
)


class Job(Struct, kw_only=True):
    """One case of the day, and what became of it."""

    case: WaitingCase
    came: float
    work: float  # minutes, done by an expert
    patience: float
    left: float = 0.0
    owner: int | None = None
    answered: float | None = None  # the first response
    done: float | None = None
    gone: bool = False  # left the chat before anybody came

    @property
    def late(self) -> bool:
        """Whether the first answer came after its time; who left is judged by when he left."""
        promised = self.case.promised_s / 60
        if self.answered is not None:
            return self.answered - self.came > promised
        return self.patience > promised if self.gone else True


class Worker(Struct, kw_only=True):
    """One agent: what he knows, what is on his desk, how long he has been at work."""

    id: int
    skills: dict[str, int]
    languages: tuple[str, ...]
    chats: list[Job] = field(default_factory=list)
    paper: Job | None = None  # a mail or message in hand; it rests while he chats
    pile: list[Job] = field(default_factory=list)  # given to him, not begun
    worked: float = 0.0

    @property
    def idle(self) -> bool:
        """Whether he has nothing in hand."""
        return not self.chats and self.paper is None

    def candidate(self, now_min: float) -> Candidate:
        """Return him as the routing sees him: room for one thing in hand, chats beside paper."""
        load = 3.0 * len(self.chats) + (2.0 if self.paper is not None else 0.0)
        return Candidate(
            agent_id=self.id,
            name=f"Agent {self.id}",
            presence=Presence.ONLINE,
            capacity=8.0,
            load=load,
            skills=self.skills,
            languages=self.languages,
            occupancy=self.worked / max(30.0, now_min),
            live=len(self.chats),
        )

    def begin(self, job: Job, now: float) -> None:
        """Take a job in hand; a chat is answered at once, a letter when it is written."""
        job.owner = self.id
        job.left = job.work * _SLOWNESS[level_of(self.candidate(now), job.case.skill)]
        if job.case.live:
            self.chats.append(job)
            job.answered = now
        else:
            self.paper = job

    def work(self, now: float) -> None:
        """Work for one tick."""
        if self.idle:
            return
        self.worked += TICK_MIN
        pace = TICK_MIN * (_SLOWER_TOGETHER if len(self.chats) > 1 else 1.0)
        for job in self.chats:
            job.left -= pace
        if not self.chats and self.paper is not None:
            self.paper.left -= TICK_MIN
            if self.paper.left <= 0:
                self.paper.answered = self.paper.done = now
                self.paper = None
        for job in [one for one in self.chats if one.left <= 0]:
            job.done = now
            self.chats.remove(job)


class Result(Struct, frozen=True, kw_only=True):
    """What a day came to, as shares from 0 to 1 and minutes."""

    breached: float
    by_channel: dict[str, float]
    by_priority: dict[str, float]
    chat_p95_min: float
    abandoned: float  # of the chats
    wrong_skill: float
    wrong_language: float
    spread: float  # standard deviation of occupancy
    same_agent: float  # of those who had one before


def day(scenario: Scenario, seed: int) -> tuple[list[Job], list[Worker]]:
    """Return who comes and who works, drawn from the seed alone."""
    rng = Random(seed)  # noqa: S311 - a game
    workers = [_worker(number, rng) for number in range(scenario.agents)]
    jobs = [_job(number, 0.0, "email", scenario, rng) for number in range(scenario.backlog)]
    per_min = scenario.load * scenario.agents / _mean_work()
    at = 0.0
    while at < DAY_MIN:
        at += rng.expovariate(per_min * 1.9)
        if rng.random() < _hump(at, scenario) / 1.9 and at < DAY_MIN:
            channel = _drawn({name: kind.share for name, kind in CHANNELS.items()}, rng)
            jobs.append(_job(len(jobs), at, channel, scenario, rng))
    absent = set(rng.sample(range(len(workers)), round(scenario.absent * len(workers))))
    return jobs, [one for one in workers if one.id not in absent]


def judged(jobs: Sequence[Job], workers: Sequence[Worker]) -> Result:
    """Return what became of a day's promises."""
    served = [job for job in jobs if job.owner is not None]
    chats = [job for job in jobs if job.case.live]
    waits = sorted(
        (job.answered if job.answered is not None else job.came + job.patience) - job.came
        for job in chats
    )
    people = {one.id: one.candidate(DAY_MIN) for one in workers}
    known = [job for job in served if job.case.last_agent_id in people]
    busy = [one.worked / (DAY_MIN + DRAIN_MIN) for one in workers]
    mean = sum(busy) / len(busy)
    return Result(
        breached=_share(job.late for job in jobs),
        by_channel={
            name: _share(job.late for job in jobs if job.case.channel == name) for name in CHANNELS
        },
        by_priority={
            name: _share(job.late for job in jobs if job.case.priority == name)
            for name in PRIORITIES
        },
        chat_p95_min=waits[int(len(waits) * 0.95)] if waits else 0.0,
        abandoned=_share(job.gone for job in chats),
        wrong_skill=_share(not level_of(people[job.owner or 0], job.case.skill) for job in served),
        wrong_language=_share(
            not speaks(people[job.owner or 0], job.case.language) for job in served
        ),
        spread=(sum((one - mean) ** 2 for one in busy) / len(busy)) ** 0.5,
        same_agent=_share(job.owner == job.case.last_agent_id for job in known),
    )


def _worker(number: int, rng: Random) -> Worker:
    skills = {name: rng.choice((0, 1, 2, 2)) for name in SKILLS if name}
    if not any(skills.values()):
        skills["billing"] = 2
    spoken = ("en", *(name for name in LANGUAGES if name != "en" and rng.random() < 0.5))
    return Worker(id=number, skills=skills, languages=spoken)


def _job(number: int, at: float, channel: str, scenario: Scenario, rng: Random) -> Job:
    kind = CHANNELS[channel]
    priority = _drawn({name: share for name, (share, _) in PRIORITIES.items()}, rng)
    return Job(
        case=WaitingCase(
            id=number,
            queue_id=1,
            channel=channel,
            priority=priority,
            opened_at=OPENS + timedelta(minutes=at),
            points=kind.points,
            live=kind.live,
            skill=_drawn(SKILLS, rng),
            language=_drawn(LANGUAGES, rng),
            promised_s=60 * kind.promised_min * (1.0 if kind.live else PRIORITIES[priority][1]),
            effort_s=60 * kind.effort_min * (0.1 if kind.live else 1.0),
            last_agent_id=rng.randrange(scenario.agents) if rng.random() < 0.3 else None,
        ),
        came=at,
        work=min(60.0, rng.lognormvariate(log(kind.effort_min) - 0.18, 0.6)),
        patience=rng.expovariate(1 / scenario.patience_min),
    )


def _mean_work() -> float:
    """Return the minutes an average case takes an average agent."""
    work = sum(kind.share * kind.effort_min for kind in CHANNELS.values())
    return work * 1.06


def _hump(at: float, scenario: Scenario) -> float:
    """Return how busy a moment is: two humps, at ten and at two; one is the day's average."""
    morning, afternoon = exp(-(((at - 75) / 60) ** 2)), exp(-(((at - 300) / 80) ** 2))
    spike = scenario.spike if 180 <= at < 240 else 0.0
    return min(1.9, 0.68 + 0.6 * morning + 0.55 * afternoon + spike)


def _drawn(shares: Mapping[str, float], rng: Random) -> str:
    return rng.choices(list(shares), list(shares.values()))[0]


def _share(values: object) -> float:
    found = list(values)  # type: ignore[call-overload]
    return sum(found) / len(found) if found else 0.0
