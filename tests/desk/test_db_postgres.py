"""PostgreSQL's own behaviour: the bell between processes, deadlocks, a server that goes away."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, insert, select, text, update

from desk.db.engine import Database
from desk.db.open import open_database
from desk.events.tables import cursors
from desk.kit.errors import DeskError


@pytest.fixture
async def pair(postgresql_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes' worth of the same database."""
    first, second = open_database(postgresql_url), open_database(postgresql_url)
    yield first, second
    await first.close()
    await second.close()


def add(c: Connection, reader: str) -> None:
    c.execute(insert(cursors).values(reader=reader, xid=0, seq=0))


def count_up(c: Connection, *names: str) -> None:
    for name in names:
        c.execute(update(cursors).where(cursors.c.reader == name).values(seq=cursors.c.seq + 1))
        c.execute(text("SELECT pg_sleep(0.02)"))


def end_connections(c: Connection) -> None:
    c.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'parley' AND datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
    )


async def listening(database: Database) -> None:
    """Return when the database hears the other processes."""
    bell = database.wake.listener()
    await database.read(lambda c: None)
    await bell.wait(5)


async def test_a_commit_of_one_process_wakes_the_other(pair: tuple[Database, Database]) -> None:
    first, second = pair
    await listening(second)
    bell = second.wake.listener()
    await first.write(add, "ada")
    started = asyncio.get_running_loop().time()
    await bell.wait(30)
    assert asyncio.get_running_loop().time() - started < 20


async def test_after_the_server_cut_all_connections_units_and_bell_go_on(
    pair: tuple[Database, Database],
) -> None:
    first, second = pair
    await listening(second)
    await asyncio.gather(*(first.write(add, f"{number}") for number in range(8)))
    bell = second.wake.listener()
    await second.write(end_connections)
    await asyncio.gather(*(first.write(add, f"again {number}") for number in range(8)))
    names = await second.read(lambda c: list(c.execute(select(cursors.c.reader)).scalars()))
    assert len(names) == 16
    await bell.wait(5)  # its own commit
    await bell.wait(5)  # listening again
    await first.write(add, "bruno")
    await bell.wait(5)


async def test_a_deadlock_is_tried_again_until_both_are_done(
    pair: tuple[Database, Database],
) -> None:
    database, _ = pair
    for name in ("ada", "bruno"):
        await database.write(add, name)
    orders = [("ada", "bruno"), ("bruno", "ada")] * 2
    await asyncio.gather(*(database.write(count_up, *order) for order in orders))
    rows = await database.read(lambda c: list(c.execute(select(cursors.c.seq)).scalars()))
    assert rows == [4, 4]


async def test_a_server_out_of_reach_is_one_sentence_and_may_be_tried_again() -> None:
    database = open_database("postgresql://nobody:x@127.0.0.1:1/none")
    with pytest.raises(DeskError, match="PostgreSQL cannot be reached") as refused:
        await database.read(lambda c: None)
    assert (refused.value.status, refused.value.retry_after_s) == (503, 5)
    await database.close()


def test_a_missing_driver_is_named_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "desk.db.postgres", raising=False)
    monkeypatch.delattr("desk.db.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(DeskError, match=r"pip install 'parley-desk\[postgres\]'"):
        open_database("postgresql://localhost/parley")


async def test_a_server_that_does_not_answer_in_time_is_away_not_a_fault_of_the_unit(
    pair: tuple[Database, Database],
) -> None:
    def slow(c: Connection) -> None:
        raise TimeoutError

    for ask in (pair[0].write, pair[0].read):
        with pytest.raises(DeskError, match="did not answer") as raised:
            await ask(slow)
        assert (raised.value.status, raised.value.retry_after_s) == (503, 5)
