"""The child of test_kill_jobs: claims and works jobs until there are none."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, func, select

from desk.db import jobs
from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.open import open_database
from desk.db.runner import run_jobs
from desk.db.tables import jobs as table
from desk.kit.clock import SystemClock
from desk.kit.errors import Conflict
from tests.contracts.kill import ready

WORK, EFFECT = "work", "effect"
LEASE = timedelta(milliseconds=200)
TAKES_S = 0.01


def main(arguments: list[str]) -> None:
    """Work every job of the database behind the URL."""
    asyncio.run(_work_all(open_database(arguments[0])))


def left(c: Connection) -> int:
    """Return how many jobs are still to do."""
    return c.execute(
        select(func.count()).select_from(table).where(table.c.kind == WORK)
    ).scalar_one()


async def _work_all(db: Database) -> None:
    if db.dialect == "sqlite":
        await db.write(jobs.reclaim)
    bell = db.wake.listener()
    running = asyncio.create_task(
        run_jobs(db, WORK, partial(_work, db), clock=SystemClock(), lease=LEASE)
    )
    ready()
    while await db.read(left):
        await bell.wait(0.2)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await db.close()


async def _work(db: Database, job: Job) -> None:
    await asyncio.sleep(TAKES_S)  # the outside world
    await db.write(_complete, job)


def _complete(c: Connection, job: Job) -> None:
    """Keep the effect and finish the job, both or neither."""
    jobs.enqueue(c, EFFECT, job.payload, due_at=job.due_at)
    if not jobs.finish(c, job):
        raise Conflict("the lease was lost")
