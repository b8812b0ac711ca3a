"""When to look. APScheduler rings; what is due is always a row in the database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from desk.agents import sessions, sign_in
from desk.cases import jobs as cases
from desk.cases import quiet
from desk.customers import actions as customers
from desk.db.engine import Database
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import DeskError
from desk.notices import actions as notices
from desk.routing import actions as routing
from desk.routing import queries as routing_queries
from desk.routing.queries import Slots
from desk.sla import jobs as sla
from desk.sla import queries as sla_queries

SWEEP_S = 30  # a promise is looked at this often even when its wake-up was lost
DRAIN_S = 15  # waiting cases are offered this often even when no fact asked for it
CLOSE_S = 300
TIDY_S = 24 * 3600
BATCH = 100

Sweep = Callable[[], Coroutine[Any, Any, None]]

_log = log.get(part="timekeeper")


class Timekeeper:
    """Sweeps promises, the backlog and resolved cases, each when it is time to look."""

    def __init__(self, db: Database, clock: Clock, slots: Slots, close_after: timedelta) -> None:
        self._db = db
        self._clock = clock
        self._slots = slots
        self._close_after = close_after
        self._scheduler: Any = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ring while the context is open; leaving it waits for a sweep under way."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # imported when first needed

        self._scheduler = AsyncIOScheduler(timezone="UTC")
        rounds = Rounds()
        for sweep, seconds in (
            (self.sweep_promises, SWEEP_S),
            (self.drain_backlog, DRAIN_S),
            (self.close_resolved, CLOSE_S),
            (self.rescue_from_bot, SWEEP_S),
            (self.tidy_up, TIDY_S),
        ):
            self._scheduler.add_job(
                rounds.of(sweep),
                "interval",
                seconds=seconds,
                next_run_time=self._clock.now(),
                id=sweep.__name__,
                coalesce=True,
                misfire_grace_time=None,
            )
        self._scheduler.add_job(
            rounds.of(self.recompute_promises),
            "date",
            run_date=self._clock.now(),
            misfire_grace_time=None,
        )
        self._scheduler.start()
        watching = asyncio.create_task(self._watch_promises(rounds), name="next promise")
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            self._scheduler.pause()  # shutting down would cancel the sweeps under way
            await rounds.end()
            self._scheduler.shutdown(wait=False)

    async def sweep_promises(self) -> None:
        """Warn and breach what has fallen due."""
        while await self._db.write(sla.sweep, self._clock.now(), BATCH) == BATCH:
            pass

    async def recompute_promises(self) -> None:
        """Bring open clocks under the policies and calendars that the config has now."""
        after: int | None = 0
        while after is not None:
            after = await self._db.write(sla.recompute, self._clock.now(), after)

    async def drain_backlog(self) -> None:
        """Offer waiting cases to agents with room."""
        if not await self._db.read(routing_queries.has_backlog):
            return
        now = self._clock.now()
        while await self._db.write(routing.drain, slots=self._slots, now=now):
            pass

    async def close_resolved(self) -> None:
        """Close what was resolved long enough ago."""
        now = self._clock.now()
        while await self._db.write(cases.close_resolved, now=now, after=self._close_after):
            pass

    async def rescue_from_bot(self) -> None:
        """Hand over the cases that the bot has and does not answer."""
        while await self._db.write(cases.take_from_silent_bot, now=self._clock.now()):
            pass

    async def tidy_up(self) -> None:
        """Remove what has run out and serves nobody: sessions, sign-in tries, links."""
        now = self._clock.now()
        await self._db.write(sessions.forget_old_sessions, now=now)
        await self._db.write(sign_in.forget_old_attempts, now=now)
        await self._db.write(customers.forget_old_links, now=now)
        await self._db.write(notices.forget_old, now=now, after=timedelta(days=90))
        await self._db.write(quiet.forget_old_answers, now=now, after=timedelta(days=90))

    async def _watch_promises(self, rounds: "Rounds") -> None:
        """Keep one wake-up at the earliest due instant, moved after each commit that moves it."""
        bell = self._db.wake.listener()
        planned: datetime | None = None
        while True:
            try:
                due = await self._db.read(sla_queries.next_due)
            except DeskError as away:  # the database: the sweeps go on looking meanwhile
                _log.warning("promises.unknown", reason=away.reason)
                due = planned
            if due != planned and due is not None:
                self._scheduler.add_job(
                    rounds.of(self.sweep_promises),
                    "date",
                    run_date=max(due, self._clock.now()),
                    id="next promise",
                    replace_existing=True,
                    misfire_grace_time=None,
                )
            planned = due
            await bell.wait(SWEEP_S)
            await asyncio.sleep(0.2)  # a burst of commits moves the wake-up once


class Rounds:
    """Sweeps one at a time; those under way are waited for when the desk stops."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._is_over = False

    def of(self, sweep: Sweep) -> Sweep:
        """Return `sweep` as the scheduler calls it: in turn, and never raising for a database."""

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - we are in one
            self._under_way.add(task)
            try:
                async with self._turn:
                    if not self._is_over:
                        await sweep()
            except DeskError as away:
                _log.warning("sweep.failed", sweep=sweep.__name__, reason=away.reason)
            finally:
                self._under_way.discard(task)

        return run

    async def end(self) -> None:
        """Begin no more sweeps and wait for those under way."""
        self._is_over = True
        if self._under_way:
            await asyncio.wait(self._under_way)
