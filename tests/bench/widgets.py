"""A thousand open chat widgets at one desk: `python -m tests.bench widgets [--widgets N]`.

How soon an agent sees what a visitor wrote, what an open widget costs the desk in memory, and
how long it takes until all are back after a restart. Ten widgets at the same desk, just before,
are the measure for the machine and whatever else it does.
"""

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiohttp
import psutil
from rich.console import Console
from rich.table import Table

from bot.config import Config, Http, Inbox, Storage
from tests.bench.figures import percentile
from tests.bench.lives import Alice, Desk
from tests.bench.visitor import Visitor
from tests.world import free_port

FEW, MANY = 10, 1000
_SAMPLES = 300
_AT_ONCE = 50  # pages opened at the same time
_CALM_S = 3.0
_FILES = 65_536
_BACK_S = 180.0


@dataclass(frozen=True)
class Latency:
    """From sending to seeing, with so many widgets open."""

    widgets: int
    times_ms: Sequence[float]


@dataclass(frozen=True)
class Return:
    """How all widgets came back."""

    how: str
    seconds: float  # from the desk's being ready until the last one was
    busiest_s: int  # connections tried in the busiest second
    refused: int


@dataclass(frozen=True)
class Result:
    """All that one run measured."""

    latencies: Sequence[Latency]
    widget_kb: float
    returns: Sequence[Return]


async def measure(folder: Path, widgets: int, samples: int) -> Result:
    """Open a few and then many widgets at a desk of its own, and restart it."""
    _allow_files()
    port = free_port()
    desk = Desk(_config(folder, port), folder)
    await desk.hire_alice()
    await desk.begin()
    alice = Alice(desk.base)
    try:
        await alice.sign_in()
        async with _crowd(desk.base) as crowd:
            await crowd.open(FEW)
            await _seen(alice, crowd.pages, FEW)  # imports and caches
            few = Latency(FEW, await _seen(alice, crowd.pages, samples))
            before = await _resident_bytes(desk)
            await crowd.open(widgets - FEW)
            each = (await _resident_bytes(desk) - before) / (widgets - FEW) / 1024
            many = Latency(widgets, await _seen(alice, crowd.pages, samples))
            returns = [
                await crowd.back("restart", desk, desk.end),
                await crowd.back("kill", desk, desk.kill),
            ]
    finally:
        await alice.close()
        await desk.end()
    return Result((few, many), each, returns)


class _Crowd:
    """Everybody who has a page with the widget open."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self.pages: list[Visitor] = []
        self._http = http
        self._base = base
        self._rng = Random(1)
        self._stirred = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, count: int) -> None:
        """Open so many more pages."""
        for begin in range(0, count, _AT_ONCE):
            now = min(_AT_ONCE, count - begin)
            made = [
                Visitor(self._http, self._base, self._base, "shop", self._rng) for _ in range(now)
            ]
            for page in made:
                page.stirred = self._stirred.set
            self.pages += made
            self._tasks += [asyncio.create_task(page.live()) for page in made]
            await self._all_up()
        await asyncio.sleep(_CALM_S)

    async def back(self, how: str, desk: Desk, stop: Callable[[], object]) -> Return:
        """Stop and begin the desk, and return when every page is back."""
        refused = sum(len(page.refused) for page in self.pages)
        stopped = time.monotonic()
        await stop()  # type: ignore[misc]
        await desk.begin()
        began = time.monotonic()
        await self._all_up()
        seconds = time.monotonic() - began
        dials = Counter(int(at - stopped) for p in self.pages for at in p.dials if at > stopped)
        refused = sum(len(page.refused) for page in self.pages) - refused
        await asyncio.sleep(_CALM_S)
        return Return(how, seconds, max(dials.values()), refused)

    async def close(self) -> None:
        """Close every page."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _all_up(self) -> None:
        async with asyncio.timeout(_BACK_S):
            while not all(page.up for page in self.pages):
                self._stirred.clear()
                await self._stirred.wait()


@asynccontextmanager
async def _crowd(base: str) -> AsyncIterator[_Crowd]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        crowd = _Crowd(http, base)
        try:
            yield crowd
        finally:
            await crowd.close()


async def _seen(alice: Alice, pages: Sequence[Visitor], samples: int) -> list[float]:
    """Return the milliseconds from a visitor's sending to the agent's live view, one by one."""
    rng, times = Random(2), []
    async with await alice.live() as feed:
        await _until(feed, b"event: ready")
        for number in range(samples):
            began = time.perf_counter()
            rng.choice(pages).say(f"Message {number}: where is my lamp?")
            await _until(feed, b"event: message.received")
            times.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(rng.uniform(0.01, 0.05))
    return times


async def _until(feed: aiohttp.ClientResponse, beginning: bytes) -> None:
    async with asyncio.timeout(30):
        async for line in feed.content:
            if line.startswith(beginning):
                return


async def _resident_bytes(desk: Desk) -> int:
    return int((await asyncio.to_thread(psutil.Process(desk.pid).memory_info)).rss)


def _allow_files() -> None:
    """Let this process and the desk it starts open a file for each widget."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _config(folder: Path, port: int) -> Config:
    plenty = {
        "sessions_per_minute": 100_000,
        "messages_per_minute": 100_000,
    }  # all from one address
    return Config(
        http=Http(port=port),
        storage=Storage(url=f"sqlite:///{folder / 'parley.db'}", files=str(folder / "files")),
        inboxes={"shop": Inbox(channel="chat", settings=plenty)},
    )


def main(arguments: list[str]) -> int:
    """Measure once and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench widgets", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--widgets", type=int, default=MANY, help="open at once")
    parser.add_argument("--samples", type=int, default=_SAMPLES, help="messages timed")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        show(asyncio.run(measure(Path(folder), asked.widgets, asked.samples)))
    return 0


def show(result: Result) -> None:
    """Print what was measured."""
    seen = _table("widgets", "p50 ms", "p95 ms", "max ms", title="From sending to the agent's view")
    for one in result.latencies:
        times = one.times_ms
        figures = statistics.median(times), percentile(times, 0.95), max(times)
        seen.add_row(f"{one.widgets:,}", *(f"{figure:.1f}" for figure in figures))
    title = f"Until all are back; each open widget holds {result.widget_kb:.1f} kB of the desk"
    back = _table("after a", "s", "tries in the busiest second", "refused", title=title)
    for ret in result.returns:
        back.add_row(ret.how, f"{ret.seconds:.1f}", f"{ret.busiest_s:,}", f"{ret.refused:,}")
    console = Console(width=100)
    console.print(seen)
    console.print(back)


def _table(*headings: str, title: str) -> Table:
    table = Table(title=title)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    return table
