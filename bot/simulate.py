"""`parley simulate`: days of a desk under several policies, as a table or as JSON."""

import sys
from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import click
import msgspec
from msgspec.structs import replace

from desk.routing.policies import POLICIES, play
from desk.routing.simulation import SCENARIOS, Result

Figure = Callable[[Result], float]

_COLUMNS: dict[str, tuple[Figure, str]] = {
    "late": (lambda day: day.breached, "%"),
    "chat late": (lambda day: day.by_channel["chat"], "%"),
    "mail late": (lambda day: day.by_channel["email"], "%"),
    "chat p95": (lambda day: day.chat_p95_min, " min"),
    "left": (lambda day: day.abandoned, "%"),
    "no skill": (lambda day: day.wrong_skill, "%"),
    "no language": (lambda day: day.wrong_language, "%"),
    "spread": (lambda day: day.spread, "%"),
    "same agent": (lambda day: day.same_agent, "%"),
}


def compare(*, days: int, agents: int, as_json: bool) -> None:
    """Play the same days under every policy, and print means with 95 % intervals."""
    todo = [(scenario, name) for scenario in SCENARIOS for name in POLICIES]
    found: dict[tuple[str, str], list[Result]] = {}
    with click.progressbar(todo, label="Playing", file=sys.stderr) as bar:
        for scenario, name in bar:
            sized = replace(scenario, agents=agents)
            found[scenario.name, name] = [play(POLICIES[name], sized, seed) for seed in range(days)]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_told(found)), indent=2).decode())
        return
    for scenario in SCENARIOS:
        click.echo(f"\n{scenario.name}, {days} days, {agents} agents")
        click.echo(" " * 22 + "".join(f"{name:>14}" for name in _COLUMNS))
        for name in POLICIES:
            row = [_cell(found[scenario.name, name], column) for column in _COLUMNS]
            click.echo(f"{name:22}" + "".join(f"{cell:>14}" for cell in row))


def _told(found: dict[tuple[str, str], list[Result]]) -> list[dict[str, Any]]:
    """Return every figure with its mean and the half of its 95 % interval."""
    return [
        {
            "scenario": scenario,
            "policy": policy,
            "figures": {
                name: dict(zip(("mean", "give_or_take"), _mean(days, name), strict=True))
                for name in _COLUMNS
            },
        }
        for (scenario, policy), days in found.items()
    ]


def _cell(days: Sequence[Result], column: str) -> str:
    unit = _COLUMNS[column][1]
    mean, give = (value * (100 if unit == "%" else 1) for value in _mean(days, column))
    return f"{mean:.1f} ±{give:.1f}{unit}"


def _mean(days: Sequence[Result], column: str) -> tuple[float, float]:
    values = [_COLUMNS[column][0](day) for day in days]
    mean = sum(values) / len(values)
    if len(values) < 2:
        return mean, 0.0
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, 1.96 * sqrt(variance / len(values))
