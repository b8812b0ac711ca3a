"""`python -m tests.bench [NAMES] [--quick] [--json FILE]`: measures, prints, asserts nothing.

    doors     messages a second from each channel's own door to the committed case
    recorder  the same without a network: from the journal to the case, nobody else at work
    units     units of work a second: one writer after the other, and many at once
    queue     the queue page and its JSON at 10,000 and 100,000 cases
    suggest   answers found for a message
    memory    what an idle desk with four inboxes holds
    intake    mail from a real Dovecot and by LMTP: latency, a large one, a backlog (by its name)
    chaos     messages both ways while the network is cut and the desk killed (by its name only)
    widgets   a thousand open chat widgets: latency, memory, a restart (by its name only)
    mail      how much public mail is read exactly right (by its name only)
    knowledge how often the right article is found, on public questions (by its name only)
    people    how often one person is known again on another channel (by its name only)
    thanks    how surely thanks are told from the rest (by its name only)

Each figure stands beside its ratio to a calibration loop run just before in the same process;
`baseline.json` has the ratios of a known state of the code, and the table compares with it.
"""

import argparse
import asyncio
import importlib
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from desk.kit import log
from tests.bench.figures import Figure, Report, calibrate, report

BASELINE = Path(__file__).parent / "baseline.json"
BY_ITSELF = (
    "chaos",
    "widgets",
    "mail",
    "knowledge",
    "people",
    "thanks",
)  # with figures of their own
BY_NAME = ("intake",)  # needs what pip does not bring
NAMES = ("units", "recorder", "doors", "queue", "suggest", "memory")

Bench = Callable[[bool], Coroutine[Any, Any, list[Figure]]]


def main(arguments: list[str]) -> int:
    """Run the benchmarks named, all without names, and print their figures."""
    if arguments[:1] and arguments[0] in BY_ITSELF:
        alone = importlib.import_module(f"tests.bench.{arguments[0]}")
        return int(alone.main(arguments[1:]))
    asked = _asked(arguments)
    log.configure("error")
    calibration, figures = calibrate(), []
    for name in asked.names or NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        measure: Bench = importlib.import_module(f"tests.bench.{name}").measure
        figures += asyncio.run(measure(asked.quick))
    told = report(figures, calibration)
    _show(told)
    if asked.json:
        encoded = msgspec.json.format(msgspec.json.encode(told), indent=2)
        asked.json.write_bytes(encoded + b"\n")
    return 0


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", type=Path, help="also write the report to this file")
    parser.add_argument("--quick", action="store_true", help="less of everything; no 100,000")
    asked = parser.parse_args(arguments)
    for name in asked.names:
        if name not in (*NAMES, *BY_NAME):
            known = ", ".join((*NAMES, *BY_NAME))
            parser.error(f"there is no benchmark {name}; there are {known}")
    return asked


def _show(told: Report) -> None:
    before = _baseline()
    table = Table(title=f"Calibration {told.calibration_per_s:.1f}/s on {told.machine}")
    for heading in ("figure", "value", "unit", "ratio", "baseline", "change"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for one in told.figures:
        known = before.get(one.name)
        change = f"{one.ratio / known - 1:+.0%}" if known else ""
        table.add_row(
            *(one.name, f"{one.value:,.1f}", one.unit, f"{one.ratio:,.3f}"),
            *("" if known is None else f"{known:,.3f}", change),
        )
    Console(width=110).print(table)


def _baseline() -> dict[str, float]:
    if not BASELINE.exists():
        return {}
    known = msgspec.json.decode(BASELINE.read_bytes(), type=Report)
    return {one.name: one.ratio for one in known.figures}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
