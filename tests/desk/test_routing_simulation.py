"""The simulation: the same day for everybody, and our routing ahead of the others'."""

from statistics import mean

import pytest

from desk.routing.policies import POLICIES, play
from desk.routing.simulation import SCENARIOS, Scenario, day

SEEDS = range(100, 103)
OURS = "index (ours)"


def test_a_day_is_told_by_its_seed_alone() -> None:
    one, other = day(SCENARIOS[0], 7), day(SCENARIOS[0], 7)
    assert [(job.came, job.work, job.case) for job in one[0]] == [
        (job.came, job.work, job.case) for job in other[0]
    ]
    assert [job.came for job in day(SCENARIOS[0], 8)[0]] != [job.came for job in one[0]]


def test_the_work_that_comes_is_as_much_as_the_scenario_says() -> None:
    shares = []
    for seed in SEEDS:
        jobs, workers = day(Scenario(name="calm", backlog=0), seed)
        shares.append(sum(job.work for job in jobs) / (len(workers) * 480))
    assert 0.75 <= mean(shares) <= 0.95


@pytest.mark.parametrize("name", POLICIES)
def test_nothing_that_came_is_forgotten_under_any_policy(name: str) -> None:
    result = play(POLICIES[name], Scenario(name="calm", load=0.4), 3)
    assert result.breached < 0.1
    assert sum(result.by_priority.values()) < 1


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_our_routing_keeps_its_promises_where_others_do_not(scenario: Scenario) -> None:
    days = {name: [play(one, scenario, seed) for seed in SEEDS] for name, one in POLICIES.items()}
    ours = days[OURS]
    most = {"85 % load": 0.04, "92 % load": 0.05, "98 % load": 0.06, "a spike": 0.05}
    assert mean(one.breached for one in ours) <= most.get(scenario.name, 0.09)
    assert mean(one.wrong_skill for one in ours) <= 0.03
    assert mean(one.wrong_language for one in ours) <= 0.02
    assert mean(one.spread for one in ours) <= 0.09
    assert mean(one.chat_p95_min for one in ours) <= 3
    assert mean(one.same_agent for one in ours) >= 0.10
    robin = mean(one.breached for one in days["round robin"])
    assert mean(one.breached for one in ours) < robin
