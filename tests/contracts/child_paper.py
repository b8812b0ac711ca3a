"""What the children of the kill tests share: one life of a desk whose customers write on paper."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, func, select

import desk.db.postgres  # noqa: F401 - imported once, before the children are born
from desk.db import jobs
from desk.db.engine import Database
from desk.db.open import open_database
from desk.db.tables import jobs as table
from desk.kit import log
from desk.kit.clock import Clock, SystemClock
from tests.bot.paper_desk import PaperDesk
from tests.contracts.kill import ready

D = TypeVar("D", bound=PaperDesk)
Make = Callable[[Database, Clock, Path], D]


class LaterClock(SystemClock):
    """The machine's clock, set forward: a life begins when the leases of the dead have ended."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """Return the present instant, set forward."""
        return super().now() + self._ahead


def live(
    url: str,
    folder: str,
    life: Callable[[D], Awaitable[None]],
    has_begun: Callable[[D], bool],
    make: Make[D],
) -> None:
    """Live once: open the desk and do `life` while recorder and sender work.

    Ready is said with the first commit after which `has_begun`: what comes before it is the
    warming of caches.
    """
    log.configure("critical")  # doubts are expected, and stdout is the harness's
    asyncio.run(_live(url, Path(folder), life, has_begun, make))


def left(c: Connection) -> int:
    """Return how many jobs are still to do."""
    return c.execute(select(func.count()).select_from(table)).scalar_one()


async def _live(
    url: str,
    folder: Path,
    life: Callable[[D], Awaitable[None]],
    has_begun: Callable[[D], bool],
    make: Make[D],
) -> None:
    db = open_database(url)
    try:
        desk = make(db, await _clock(db), folder)
        saying = asyncio.create_task(_say_ready(desk, has_begun))
        async with desk.working():
            await life(desk)
            await desk.until(lambda c: not left(c), timeout_s=100)
        saying.cancel()
    finally:
        await db.close()


async def _clock(db: Database) -> LaterClock:
    """Return the clock of this life: on SQLite leases end by themselves at the start."""
    if db.dialect == "sqlite":
        await db.write(jobs.reclaim)
        return LaterClock(timedelta())
    until = await db.read(lambda c: c.execute(select(func.max(table.c.lease_until))).scalar())
    return LaterClock(max(until - SystemClock().now(), timedelta()) if until else timedelta())


async def _say_ready(desk: D, has_begun: Callable[[D], bool]) -> None:
    bell = desk.db.wake.listener()
    while not has_begun(desk):
        await bell.wait(1)
    ready()
