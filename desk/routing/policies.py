"""Policies for the simulation: ours, which is the very function that runs the desk, and others'.

Each gets what waits and who works, and gives out what it likes; what it gives to somebody whose
hands are full lies on his pile.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import cycle

from msgspec.structs import replace

from desk.routing.rules import assign
from desk.routing.simulation import (
    DAY_MIN,
    DRAIN_MIN,
    OPENS,
    TICK_MIN,
    Job,
    Result,
    Scenario,
    Worker,
    day,
    judged,
)
from desk.routing.weighing import Candidate, Weights

_LITTLE = 0.01  # room that nothing fits in

Give = Callable[[list[Job], Sequence[Worker], float], None]  # takes out of the list what it gives
Policy = Callable[[Sequence[Worker]], Give]


def play(policy: Policy, scenario: Scenario, seed: int) -> Result:
    """Return what a day comes to under a policy."""
    jobs, workers = day(scenario, seed)
    give, waiting, coming = policy(workers), list[Job](), list(reversed(jobs))
    now = 0.0
    while now < DAY_MIN + DRAIN_MIN and (coming or waiting or not _all_idle(workers)):
        while coming and coming[-1].came <= now:
            waiting.append(coming.pop())
        for pile in (waiting, *(one.pile for one in workers)):
            _leave(pile, now)
        give(waiting, workers, now)
        for one in workers:
            _take_from_pile(one, now)
            one.work(now + TICK_MIN)
        now += TICK_MIN
    return judged(jobs, workers)


def index(weights: Weights = Weights()) -> Policy:  # noqa: B008 - frozen
    """Ours: the best pair of all that waits and all who are free, or on paper when a chat comes."""

    def give(waiting: list[Job], workers: Sequence[Worker], now: float) -> None:
        for is_live in (True, False):
            some = [job for job in waiting if job.case.live is is_live]
            if not some:
                continue
            cases = [replace(job.case, points=1.0, age_s=60 * (now - job.came)) for job in some]
            people = [_seen(one, now, is_live=is_live) for one in workers]
            jobs, hands = {job.case.id: job for job in some}, {one.id: one for one in workers}
            for pair in assign(cases, people, OPENS + timedelta(minutes=now), weights=weights):
                hands[pair.agent_id].begin(jobs[pair.case_id], now)
                waiting.remove(jobs[pair.case_id])

    return lambda _: give


def _seen(one: Worker, now: float, *, is_live: bool) -> Candidate:
    """Return an agent as late binding sees him: he is given only what he can begin at once."""
    found = one.candidate(now)
    room = 2 - len(one.chats) if is_live else int(one.idle)
    return replace(found, load=0.0, capacity=room + _LITTLE)


def round_robin(workers: Sequence[Worker]) -> Give:
    """To everybody in turn, as it comes."""
    turn = cycle(workers)

    def give(waiting: list[Job], _: Sequence[Worker], now: float) -> None:
        while waiting:
            next(turn).pile.append(waiting.pop(0))

    return give


def team_round_robin(workers: Sequence[Worker]) -> Give:
    """To those in turn who know the subject, as it comes."""
    turns: dict[str, int] = {}

    def give(waiting: list[Job], workers: Sequence[Worker], now: float) -> None:
        while waiting:
            job = waiting.pop(0)
            team = _team(workers, job)
            turns[job.case.skill] = turns.get(job.case.skill, -1) + 1
            team[turns[job.case.skill] % len(team)].pile.append(job)

    return give


def pull(workers: Sequence[Worker]) -> Give:
    """Whoever is free takes the oldest of his groups, chats first."""

    def give(waiting: list[Job], workers: Sequence[Worker], now: float) -> None:
        for one in workers:
            if not one.idle:
                continue
            mine = [job for job in waiting if one in _team(workers, job)]
            if mine:
                job = min(mine, key=lambda job: (not job.case.live, job.came))
                waiting.remove(job)
                one.begin(job, now)

    return give


def spare(capacity: int) -> Policy:
    """To whoever of the team has most room, the oldest first, as long as anybody has."""

    def policy(workers: Sequence[Worker]) -> Give:
        def give(waiting: list[Job], workers: Sequence[Worker], now: float) -> None:
            for job in sorted(waiting, key=lambda job: (_RANK[job.case.priority], job.came)):
                able = [one for one in _team(workers, job) if _held(one) < capacity]
                if able:
                    waiting.remove(job)
                    min(able, key=_held).pile.append(job)

        return give

    return policy


POLICIES: dict[str, Policy] = {
    "index (ours)": index(),
    "round robin": round_robin,
    "round robin in teams": team_round_robin,
    "pull by groups": pull,
    "spare capacity 2": spare(2),
    "spare capacity 4": spare(4),
}
_RANK = {"urgent": 0, "high": 1, "normal": 2, "low": 3}


def _team(workers: Sequence[Worker], job: Job) -> list[Worker]:
    skill = job.case.skill
    return [one for one in workers if not skill or one.skills.get(skill)] or list(workers)


def _held(one: Worker) -> int:
    return len(one.pile) + len(one.chats) + (one.paper is not None)


def _take_from_pile(one: Worker, now: float) -> None:
    """Begin what lies on a pile: a chat beside at most one other, paper when nothing is on."""
    for job in [job for job in one.pile if job.case.live][: 2 - len(one.chats)]:
        one.pile.remove(job)
        one.begin(job, now)
    if one.idle and one.pile:
        one.begin(one.pile.pop(0), now)


def _leave(pile: list[Job], now: float) -> None:
    """Let those go who have waited in a chat as long as they could."""
    for job in [job for job in pile if job.case.live and now - job.came > job.patience]:
        job.gone = True
        pile.remove(job)


def _all_idle(workers: Sequence[Worker]) -> bool:
    return all(one.idle and not one.pile for one in workers)
