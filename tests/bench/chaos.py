"""Messages both ways through a network that fails, to a desk that is killed: what became of them.

`python -m tests.bench chaos [CHANNELS] [--messages N] [--kills N] [--postgres]`

Customers of the sandbox and an agent write to each other in many conversations. Between the
desk and the network stands a proxy that cuts every connection each 50 to 400 ms. The desk is
killed again and again: after it stored what came and before the network heard of it, after a
send and before its answer, and at moments of chance. In the end each side is asked what it sees.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.config import Calendar, Config, Http, Queue, Storage
from desk.messages.rules import SETTLED, DeliveryState
from tests.bench.crowds import Crowd, crowd, marks
from tests.bench.lives import Alice, Desk
from tests.postgres import PostgresServer
from tests.world import free_port

CHANNELS = ("telegram", "slack", "chat")
_BY_NAME = ("email",)  # a mail that was not taken is tried again after a minute
_PER_CONVERSATION = 12
_FATES = ("said", "arrived", "lost", "twice", "disorder", "unsure", "failed")
_COLUMNS = (*_FATES, "kills (at worst)", "cuts", "s")
_TRAP_S = 10.0  # a trap that does not spring: then it is killed all the same
_STORM_S = 10.0  # of cuts after the last word: a slow machine must come to an end, too
_QUIET_S = 2.0  # how long nothing may change before the end is believed
_UNSETTLED_S = 120.0


@dataclass(frozen=True)
class Plan:
    """How much is said on one channel, and how often the desk dies."""

    channel: str
    messages: int  # each way
    kills: int
    seed: int = 1

    @property
    def conversations(self) -> int:
        """How many customers write at once."""
        return max(1, self.messages // _PER_CONVERSATION)


@dataclass
class Way:
    """What became of everything that was said in one direction."""

    said: dict[int, list[str]] = field(default_factory=dict)  # by conversation, in order
    seen: dict[int, list[str]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)  # shown to the agent as of unknown outcome

    def say(self, conversation: int, mark: str) -> None:
        """Note what is said now."""
        self.said.setdefault(conversation, []).append(mark)

    @property
    def sent(self) -> int:
        """How many were said."""
        return sum(map(len, self.said.values()))

    @property
    def arrived(self) -> int:
        """How many different ones are seen where they belong."""
        return sum(len(set(self.seen.get(n, ())) & set(said)) for n, said in self.said.items())

    @property
    def lost(self) -> list[str]:
        """Which are seen nowhere, and nobody was told that this is uncertain."""
        missing = (set(said) - set(self.seen.get(n, ())) for n, said in self.said.items())
        return sorted(set().union(*missing) - self.unsure)

    @property
    def doubled(self) -> list[str]:
        """Which are seen more than once."""
        return [m for seen in self.seen.values() for m in sorted(set(seen)) if seen.count(m) > 1]

    @property
    def disordered(self) -> int:
        """How many are seen after one that was said later."""
        return sum(
            seen.index(before) > seen.index(after)
            for seen in map(_once, self.seen.values())
            for before, after in zip(sorted(seen), sorted(seen)[1:], strict=False)
        )


@dataclass
class Outcome:
    """One run's result."""

    plan: Plan
    inbound: Way = field(default_factory=Way)
    outbound: Way = field(default_factory=Way)
    failed: int = 0  # shown to the agent as not delivered
    kills: int = 0
    sprung: int = 0  # kills at one of the channel's two worst moments
    cuts: int = 0
    seconds: float = 0.0


async def run(plan: Plan, url: str, folder: Path) -> Outcome:
    """Let everybody write, kill the desk meanwhile, and return what each side sees in the end."""
    rng, port, outcome = Random(plan.seed), free_port(), Outcome(plan)
    began = time.perf_counter()
    async with crowd(plan.channel, plan.conversations, rng, port) as people:
        desk = Desk(_config(url, folder, port, people), folder)
        await desk.hire_alice()
        alice = Alice(desk.base)
        cutting: list[asyncio.Task[None]] = []
        try:
            await desk.begin()
            await alice.sign_in()
            story = _Story(outcome, people, desk, alice, rng)
            await story.open_cases()
            cutting = [asyncio.create_task(proxy.keep_cutting()) for proxy in people.proxies]
            for number in range(plan.kills + 1):
                await story.chapter(number)
            asyncio.get_running_loop().call_later(_STORM_S, _cancel, cutting)
            await story.settled()
        finally:
            _cancel(cutting)
            await alice.close()
            await desk.end()
        outcome.kills = desk.kills
        outcome.cuts = sum(proxy.cuts for proxy in people.proxies)
    outcome.seconds = time.perf_counter() - began
    return outcome


class _Story:
    """What happens in one run, chapter by chapter; each but the last has a death in it."""

    def __init__(
        self, outcome: Outcome, people: Crowd, desk: Desk, alice: Alice, rng: Random
    ) -> None:
        self._outcome = outcome
        self._plan = outcome.plan
        self._people = people
        self._desk = desk
        self._alice = alice
        self._rng = rng
        self._cases: dict[int, int] = {}  # number by conversation

    async def open_cases(self) -> None:
        """Let every customer write once, and wait until each has his case."""
        for conversation in range(self._plan.conversations):
            await self._write(conversation)
        async with asyncio.timeout(60):
            while len(self._cases) < self._plan.conversations:
                await asyncio.sleep(0.1)
                for row in await self._alice.cases():
                    for mark in marks("in", row["preview"]):
                        self._cases[int(mark[3:6])] = row["number"]

    async def chapter(self, number: int) -> None:
        """Let both sides say their share, and kill the desk in the middle of it."""
        talking = [
            asyncio.create_task(talk(conversation, number))
            for conversation in range(self._plan.conversations)
            for talk in (self._customer, self._agent)
        ]
        if number < self._plan.kills:
            await self._die(number)
        await asyncio.gather(*talking)

    async def settled(self) -> None:
        """Return when both sides see everything that will come, or after a while."""
        quiet_since, before = time.monotonic(), ""
        async with asyncio.timeout(_UNSETTLED_S * 2):
            while time.monotonic() - quiet_since < (
                _QUIET_S if await self._look() else _UNSETTLED_S
            ):
                now = repr((self._outcome.inbound.seen, self._outcome.outbound.seen))
                if now != before:
                    quiet_since, before = time.monotonic(), now
                await asyncio.sleep(0.25)

    async def _look(self) -> bool:
        """Read what each side sees; True when nothing more is under way."""
        inbound, outbound = self._outcome.inbound, self._outcome.outbound
        outbound.unsure, self._outcome.failed, waiting = set(), 0, 0
        for conversation, number in self._cases.items():
            lines = await self._alice.timeline(number)
            inbound.seen[conversation] = [
                mark
                for line in lines
                if line["author"] == "customer"
                for mark in marks("in", line["text"])
            ]
            outbound.seen[conversation] = [
                mark for text in self._people.heard(conversation) for mark in marks("out", text)
            ]
            for line in (line for line in lines if line["author"] != "customer"):
                waiting += line["state"] not in SETTLED
                self._outcome.failed += line["state"] == DeliveryState.FAILED
                if line["state"] == DeliveryState.UNCERTAIN:
                    outbound.unsure.update(marks("out", line["text"]))
        return not (waiting or inbound.lost or outbound.lost)

    async def _customer(self, conversation: int, chapter: int) -> None:
        for _ in self._share(self._outcome.inbound, conversation, chapter):
            await asyncio.sleep(self._rng.uniform(0, 0.3))
            await self._write(conversation)

    async def _agent(self, conversation: int, chapter: int) -> None:
        way = self._outcome.outbound
        for number in self._share(way, conversation, chapter):
            await asyncio.sleep(self._rng.uniform(0, 0.3))
            mark = f"out {conversation:03}/{number:04}"
            way.say(conversation, mark)
            await self._alice.reply(self._cases[conversation], f"{mark} We are looking into it.")

    async def _write(self, conversation: int) -> None:
        way = self._outcome.inbound
        mark = f"in {conversation:03}/{len(way.said.get(conversation, ())):04}"
        way.say(conversation, mark)
        await self._people.say(conversation, f"{mark} Where is my lamp?")

    def _share(self, way: Way, conversation: int, chapter: int) -> Iterator[int]:
        """Yield the numbers of what one conversation is to say until this chapter ends."""
        plan = self._plan
        mine = len(range(conversation, plan.messages, plan.conversations))
        until = mine * (chapter + 1) // (plan.kills + 1)
        yield from range(len(way.said.get(conversation, ())), until)

    async def _die(self, number: int) -> None:
        """Kill the desk at the moment whose turn it is, and begin it again."""
        traps = self._people.traps
        moment = number % (len(traps) + 1)
        if moment < len(traps):
            await self._sprung(traps[moment])
        else:
            await asyncio.sleep(self._rng.uniform(0, 0.6))
        await self._desk.kill()
        for proxy in self._people.proxies:
            proxy.mend()
        await self._desk.begin()

    async def _sprung(self, trap: Any) -> None:
        waits = []
        for proxy in self._people.proxies:
            proxy.set_trap(trap)
            waits.append(asyncio.create_task(proxy.sprung.wait()))
        done, late = await asyncio.wait(waits, timeout=_TRAP_S, return_when=asyncio.FIRST_COMPLETED)
        self._outcome.sprung += bool(done)
        for wait in late:
            wait.cancel()


def _config(url: str, folder: Path, port: int, people: Crowd) -> Config:
    return Config(
        http=Http(port=port),
        storage=Storage(url=url, files=str(folder / "files")),
        calendars={"office": Calendar(zone="Europe/Paris")},
        queues={"support": Queue(name="Support", calendar="office")},
        inboxes={"inbox": people.inbox()},
    )


def _cancel(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()


def _once(seen: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(seen))


def main(arguments: list[str]) -> int:
    """Run the plans asked for, one after the other, and print what became of the messages."""
    asked = _asked(arguments)
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # the sandbox's view of each cut
    outcomes = []
    with _database(postgres=asked.postgres) as database:
        for plan in _plans(asked):
            print(f"{plan.channel}, {plan.messages} each way …", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as url:
                outcomes.append(asyncio.run(run(plan, url, Path(folder))))
    show(outcomes)
    return 0


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench chaos", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "channels", nargs="*", metavar="CHANNEL", help=", ".join((*CHANNELS, *_BY_NAME))
    )
    parser.add_argument("--messages", type=int, help="each way on each channel")
    parser.add_argument("--kills", type=int, default=10, help="of the desk on each channel")
    parser.add_argument("--seed", type=int, default=1, help="of the accidents")
    parser.add_argument("--postgres", action="store_true", help="instead of an SQLite file")
    asked = parser.parse_args(arguments)
    for channel in asked.channels:
        if channel not in (*CHANNELS, *_BY_NAME):
            known = ", ".join((*CHANNELS, *_BY_NAME))
            parser.error(f"there is no channel {channel}; there are {known}")
    return asked


def _plans(asked: argparse.Namespace) -> list[Plan]:
    """Return what to run: without wishes 300 on every channel, and 1,000 where others poll."""
    channels = asked.channels or CHANNELS
    sizes = [(channel, asked.messages or 300) for channel in channels]
    if not asked.messages:
        sizes += [(channel, 1000) for channel in channels if channel in ("telegram", "slack")]
    return [Plan(channel, messages, asked.kills, asked.seed) for channel, messages in sizes]


@contextmanager
def _database(*, postgres: bool) -> Iterator[Callable[[Path], AbstractContextManager[str]]]:
    """Give a new database for each run: a file in its folder, or one on a server of ours."""
    if postgres:
        with PostgresServer.running() as server:
            yield lambda folder: server.empty()
    else:
        yield lambda folder: nullcontext(f"sqlite:///{folder / 'parley.db'}")


def show(outcomes: Sequence[Outcome]) -> None:
    """Print two lines for each run: what customers said, and what was answered."""
    table = Table(title="unsure: shown to the agent as such, and of these arrived")
    for heading in ("way", *_COLUMNS):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for one in outcomes:
        unsure = one.outbound.unsure
        seen = {mark for marks in one.outbound.seen.values() for mark in marks}
        shared = f"{one.kills} ({one.sprung})", f"{one.cuts:,}", f"{one.seconds:.0f}"
        doubts = f"{len(unsure)} ({len(unsure & seen)})", f"{one.failed}"
        channel = one.plan.channel
        table.add_row(f"{channel} to desk", *_cells(one.inbound), "", "", *shared)
        table.add_row(f"desk to {channel}", *_cells(one.outbound), *doubts, "", "", "")
    Console(width=120).print(table)


def _cells(way: Way) -> tuple[str, ...]:
    counts = way.sent, way.arrived, len(way.lost), len(way.doubled), way.disordered
    return tuple(f"{count:,}" for count in counts)
