"""SIGKILL, twenty times, while customers write: each message is recorded once and in order."""

import asyncio
from collections import defaultdict
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from desk.arrivals.tables import arrivals
from desk.cases.tables import cases
from desk.db.open import open_database
from desk.kit.clock import SystemClock
from desk.messages.tables import messages
from tests.bot.paper_desk import PaperDesk
from tests.contracts import child_arrivals
from tests.contracts.child_arrivals import EACH, THREADS
from tests.contracts.kill import killed


def recorded(c: Connection) -> dict[str, list[str]]:
    """Return what is on the record of each conversation, in its order."""
    by_thread: dict[str, list[str]] = defaultdict(list)
    for row in c.execute(select(messages.c.thread, messages.c.text).order_by(messages.c.id)):
        by_thread[row.thread].append(row.text)
    return by_thread


def states(c: Connection) -> list[str]:
    return list(c.scalars(select(arrivals.c.state)))


def numbers(c: Connection) -> list[int]:
    return list(c.scalars(select(cases.c.number).order_by(cases.c.number)))


@pytest.mark.slow
async def test_a_desk_killed_twenty_times_records_every_message_once_and_in_order(
    database_url: str, tmp_path: Path
) -> None:
    database = open_database(database_url)
    await PaperDesk(database, SystemClock(), tmp_path).furnish()
    await database.close()
    child = child_arrivals.__name__
    hits = await asyncio.to_thread(killed, child, database_url, str(tmp_path), longest_ms=30)
    database = open_database(database_url)
    by_thread, settled = await database.read(recorded), await database.read(states)
    opened = await database.read(numbers)
    await database.close()
    assert hits == 20
    lines = [f"line {number}" for number in range(EACH)]
    assert by_thread == {f"t{thread}": lines for thread in range(THREADS)}
    assert settled == ["recorded"] * (THREADS * EACH)
    assert opened == list(range(1001, 1001 + THREADS))
