"""`parley seed`: a desk full of cases within minutes, for demos and benchmarks.

Rows are written in bulk, not by the units of work that real messages go through: 40 times
faster, and the same rows. Written directly besides what was said: clocks with their outcomes,
search documents, and the events, so that reports, lists, search and the live view are right.
Left out: arrivals, routing decisions, suggestions, what the bot says, and the facts of clocks
that were paused, resumed or warned.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

import click
from msgspec import Struct
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from sqlalchemy import Connection

from bot import setup
from bot.config import Config
from bot.demo import seed_desk, seed_words
from bot.demo.seed_people import Crowd, Person, findable
from bot.demo.seed_rows import Rows
from bot.demo.seed_stories import Desk, tell
from desk.db.engine import Database
from desk.db.migrate import migrate
from desk.db.open import open_database
from desk.events.log import Cursor
from desk.kit.clock import Clock, SystemClock

BATCH = 250  # cases in one unit
PAST = timedelta(days=365)

Say = Callable[[str], None]


class Added(Struct, frozen=True, kw_only=True):
    """What a run added; the cases are `first`..`last`."""

    cases: int
    customers: int
    first: int
    last: int


class _Plan(Struct, frozen=True, kw_only=True):
    """One batch: when its cases began, and the seed of everything else in it."""

    opened: list[datetime]
    seed: str


class _Written(Struct, frozen=True, kw_only=True):
    """What became of one batch."""

    first: int
    met: list[Person]
    cursor: Cursor


async def fill(config: Config, *, cases: int, seed: int, say: Say = click.echo) -> Added:
    """Add `cases` cases of the past year to the desk, which must not be running; say what.

    The same seed on the same desk at the same time adds the same; once more adds as many again.
    """
    await asyncio.to_thread(migrate, config.storage.url)
    db = open_database(config.storage.url)
    try:
        return await add_cases(db, config, cases=cases, seed=seed, clock=SystemClock(), say=say)
    finally:
        await db.close()


async def add_cases(
    db: Database, config: Config, *, cases: int, seed: int, clock: Clock, say: Say = click.echo
) -> Added:
    """Add cases to an open desk; see `fill`."""
    now, started = clock.now(), time.monotonic()
    await db.write(setup.apply, config, now=now)
    await seed_desk.catch_up(db, config, clock)
    desk = await db.write(seed_desk.prepare, config, now=now)
    crowd = Crowd(words=await asyncio.to_thread(seed_words.load), known=[], met=[])
    done: list[_Written] = []
    with _progress(cases, say) as advance:
        for plan in _plans(cases, seed, now):
            written = await db.write(_write, desk, crowd, plan)
            crowd.known.extend(written.met)
            done.append(written)
            advance(len(plan.opened))
    await db.write(seed_desk.move_readers, done[-1].cursor)
    await db.write(seed_desk.take_stock)
    first = done[0].first
    added = Added(cases=cases, customers=len(crowd.known), first=first, last=first + cases - 1)
    say(
        f"Added {added.cases:,} cases (#{added.first} to #{added.last}) of {added.customers:,}"
        f" customers in {time.monotonic() - started:.0f} s."
    )
    return added


def _plans(cases: int, seed: int, now: datetime) -> Iterator[_Plan]:
    """Yield the batches; a growing desk has more of its cases in the last months."""
    rng = Random(seed)  # noqa: S311 - a story, not a secret
    opened = sorted(now - PAST * rng.random() ** 1.6 for _ in range(cases))
    for start in range(0, cases, BATCH):
        yield _Plan(opened=opened[start : start + BATCH], seed=f"{seed}:{start}")


def _write(c: Connection, desk: Desk, crowd: Crowd, plan: _Plan) -> _Written:
    """Write one batch. What it meets is kept apart: the unit may run more than once."""
    first = seed_desk.take_numbers(c, len(plan.opened))
    rows = Rows(c, Random(f"{plan.seed}:{first}"))  # noqa: S311 - a story, not a secret
    crowd = Crowd(words=crowd.words, known=crowd.known, met=[])
    for number, at in enumerate(plan.opened, start=first):
        tell(rows, desk, crowd, number=number, at=at)
    findable(rows, crowd.met)
    return _Written(first=first, met=crowd.met, cursor=rows.write())


@contextmanager
def _progress(cases: int, say: Say) -> Iterator[Callable[[int], None]]:
    """Show how far it is: a bar on a terminal, else a line for each tenth."""
    if sys.stdout.isatty():
        columns = "Seeding", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns) as bar:
            task = bar.add_task("cases", total=cases)
            yield lambda count: bar.advance(task, count)
        return
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        tenth, done = done * 10 // cases, done + count
        if done * 10 // cases > tenth and done < cases:
            say(f"{done:,} of {cases:,} cases …")

    yield advance
