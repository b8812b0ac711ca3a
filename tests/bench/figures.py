"""What a benchmark yields: figures, each beside a calibration measured in the same process."""

import platform
import statistics
import time
from collections.abc import Sequence

from msgspec import Struct

_ROUNDS = 200_000


class Figure(Struct, frozen=True, kw_only=True):
    """One measurement. `ratio` is comparable between machines: see `figure`."""

    name: str
    value: float
    unit: str  # "/s" is better when higher, "ms" and "MB" when lower
    ratio: float


class Report(Struct, frozen=True, kw_only=True):
    """All that one run of the command measured."""

    python: str
    machine: str
    calibration_per_s: float
    figures: list[Figure]


def calibrate() -> float:
    """Return how many times a second this process runs a fixed piece of work on one core."""
    return statistics.median(_loop() for _ in range(5))


def figure(name: str, value: float, unit: str, calibration: float) -> Figure:
    """Return a figure with its ratio: per unit of calibration for rates and times, bare for sizes.

    A rate is divided by the calibration and a time multiplied with it, so that a machine twice
    as fast yields the same ratio. Memory does not depend on speed.
    """
    if unit == "/s":
        ratio = value / calibration
    elif unit == "ms":
        ratio = value / 1000 * calibration
    else:
        ratio = value
    return Figure(name=name, value=round(value, 3), unit=unit, ratio=round(ratio, 4))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of `values` lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def report(figures: list[Figure], calibration: float) -> Report:
    """Return the report of a run on this machine."""
    return Report(
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        calibration_per_s=round(calibration, 3),
        figures=figures,
    )


def _loop() -> float:
    """Do what our own code mostly does: dictionaries, short texts, small sums."""
    seen: dict[str, int] = {}
    started, total = time.perf_counter(), 0
    for number in range(_ROUNDS):
        key = f"{number % 997}"
        seen[key] = seen.get(key, 0) + 1
        total += len(key)
    return 1 / (time.perf_counter() - started)
