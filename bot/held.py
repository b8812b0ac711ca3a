"""Does what was put off: replies whose time to be undone is over, cases whose time has come."""

from desk.cases import held, snoozing
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.kit.clock import Clock


class HeldReplies:
    """Takes replies on hold when they are due; what was killed in between is taken again."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        await run_jobs(self._db, held.HELD, self.work, clock=self._clock)

    async def work(self, job: Job) -> None:
        """Write one reply and finish its job, in one commit."""
        await self._db.write(held.write, job, now=self._clock.now())


class SnoozedCases:
    """Wakes cases at their time; those of a time when nothing ran are woken at the start."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        await run_jobs(self._db, snoozing.WAKE, self.work, clock=self._clock)

    async def work(self, job: Job) -> None:
        """Wake one case and finish its job, in one commit."""
        await self._db.write(snoozing.wake_due, job, now=self._clock.now())
