"""The job runner: claims what is due and runs it, several at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import Connection

from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.turns import room
from desk.db.watch import watch
from desk.kit.clock import Clock
from desk.kit.log import get
from desk.kit.retry import backoff_s

POLL_S = 5.0  # looks at least so often: a bell can get lost between processes
OUTRUN_S = 0.05  # what was due went to another process
LEASE = timedelta(seconds=30)  # renewed while the work goes on; so long a dead worker is awaited

Work = Callable[[Job], Awaitable[None]]

_log = get(part="jobs")


async def run_jobs(
    db: Database,
    kind: str,
    work: Work,
    *,
    clock: Clock,
    concurrency: int = 4,
    lanes: Collection[str] | None = None,
    lease: timedelta = LEASE,
) -> None:
    """Run `work` for each job of `kind` until cancelled, at most `concurrency` at once.

    `work` completes its job itself, by `jobs.finish` in the unit that keeps its effects. When it
    raises, the job is retried with backoff; one that it forgot comes back when its lease ends.
    Cancelling gives the jobs under way back at once. `lanes` may change while it runs.
    """
    runner = _Runner(db, kind, work, clock)
    runner.concurrency, runner.lanes, runner.lease = concurrency, lanes, lease
    try:
        await watch(runner.bell, runner.look, name=f"jobs {kind}")
    finally:
        await runner.stop()


class _Runner:
    def __init__(self, db: Database, kind: str, work: Work, clock: Clock) -> None:
        self.bell = db.wake.listener()
        self.concurrency = 4
        self.lanes: Collection[str] | None = None
        self.lease = LEASE
        self._db = db
        self._kind = kind
        self._work = work
        self._clock = clock
        self._rng = Random()  # noqa: S311 - jitter
        self._running: dict[asyncio.Task[None], Job] = {}
        self._renew_at: datetime | None = None

    async def look(self) -> float:
        """Settle what ended, renew leases, start what is due; return how long to wait."""
        await self._settle()
        await self._renew()
        free = self.concurrency - len(self._running)
        lanes = self._open_lanes()
        wait_s = await self._due_in_s(lanes) if free else self._longest_wait_s()
        if wait_s > 0:
            return wait_s
        claimed = await self._claim(free)
        for job in claimed:
            self._start(job)
        return 0.0 if claimed else OUTRUN_S

    async def stop(self) -> None:
        """Cancel what runs and give it back."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        left = list(self._running.values())
        self._running.clear()
        if left:
            await self._db.write(_give_back, left, self._clock.now())

    def _under_way(self) -> dict[str, int]:
        """Return how many jobs run in each lane, those without any included."""
        counts = dict.fromkeys(sorted(self.lanes or ()), 0)
        for job in self._running.values():
            counts[job.lane] = counts.get(job.lane, 0) + 1
        return counts

    def _open_lanes(self) -> Collection[str] | None:
        """Return the lanes that may have another job under way, None for all."""
        if self.lanes is None:
            return None
        return [lane for lane, more in room(self._under_way(), self.concurrency).items() if more]

    async def _due_in_s(self, lanes: Collection[str] | None) -> float:
        due = await self._db.read(jobs.next_due, self._kind, lanes)
        longest_s = self._longest_wait_s()
        if due is None:
            return longest_s
        return min(longest_s, (due - self._clock.now()).total_seconds())

    def _longest_wait_s(self) -> float:
        return min(POLL_S, self.lease.total_seconds() / 6) if self._running else POLL_S

    async def _claim(self, free: int) -> list[Job]:
        now = self._clock.now()
        if not self._running:
            self._renew_at = now + self.lease / 3
        if self.lanes is None:
            claim = partial(jobs.claim, limit=free, lease=self.lease, now=now)
            return await self._db.write(claim, self._kind)
        take = partial(jobs.claim_in_turn, places=self.concurrency, lease=self.lease, now=now)
        return await self._db.write(take, self._kind, self._under_way())

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(_completed(self._work, job), name=f"{job.kind} {job.id}")
        self._running[task] = job
        task.add_done_callback(lambda _: self.bell.ring())

    async def _renew(self) -> None:
        """Keep the leases of what runs longer than a third of a lease."""
        now = self._clock.now()
        if not self._running or self._renew_at is None or now < self._renew_at:
            return
        self._renew_at = now + self.lease / 3
        await self._db.write(_extend, list(self._running.values()), now + self.lease)

    async def _settle(self) -> None:
        """Forget the tasks that ended; retry those that failed."""
        for task in [task for task in self._running if task.done()]:
            job = self._running[task]
            failure = None if task.cancelled() else task.exception()
            if failure is not None or task.cancelled():
                await self._retry(job, failure)
            del self._running[task]

    async def _retry(self, job: Job, failure: BaseException | None) -> None:
        wait_s = backoff_s(job.attempts, self._rng)
        _log.error("job.failed", kind=job.kind, job=job.id, attempts=job.attempts, exc_info=failure)
        due_at = self._clock.now() + timedelta(seconds=wait_s)
        await self._db.write(partial(jobs.retry, due_at=due_at), job)


async def _completed(work: Work, job: Job) -> None:
    await work(job)


def _extend(c: Connection, held: list[Job], until: datetime) -> None:
    for job in held:
        jobs.extend(c, job, until=until)


def _give_back(c: Connection, held: list[Job], now: datetime) -> None:
    for job in held:
        jobs.retry(c, job, due_at=now)
