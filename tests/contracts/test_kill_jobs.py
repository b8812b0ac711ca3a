"""Jobs survive SIGKILL: none lost, every database effect exactly once, order kept."""

import asyncio
from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy import Connection, select

from desk.db import jobs
from desk.db.open import open_database
from desk.db.tables import jobs as table
from tests.conftest import MONDAY
from tests.contracts import child_jobs
from tests.contracts.kill import killed

JOBS, THREADS = 200, 40


def fill(c: Connection) -> None:
    for number in range(JOBS):
        thread = number % THREADS
        order_key = f"thread {thread}" if thread % 2 else ""
        payload = {"thread": thread, "number": number}
        jobs.enqueue(c, child_jobs.WORK, payload, due_at=MONDAY, order_key=order_key)


def effects(c: Connection) -> list[dict[str, int]]:
    statement = select(table.c.payload).where(table.c.kind == child_jobs.EFFECT)
    return list(c.execute(statement.order_by(table.c.id)).scalars())


async def in_database(url: str, unit: Any) -> Any:
    database = open_database(url)
    try:
        return await database.write(unit)
    finally:
        await database.close()


@pytest.mark.slow
async def test_a_worker_killed_twenty_times_loses_and_doubles_nothing(database_url: str) -> None:
    await in_database(database_url, fill)
    hits = await asyncio.to_thread(killed, child_jobs.__name__, database_url, longest_ms=40)
    done = await in_database(database_url, effects)
    assert hits == 20
    assert sorted(effect["number"] for effect in done) == list(range(JOBS))
    by_thread: dict[int, list[int]] = defaultdict(list)
    for effect in done:
        by_thread[effect["thread"]].append(effect["number"])
    for thread in range(1, THREADS, 2):
        assert by_thread[thread] == sorted(by_thread[thread])
