"""Contract of a Database: units of work, on both engines."""

import asyncio
from itertools import count

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from desk.db.engine import Database
from desk.events.tables import cursors
from desk.kit.errors import Conflict, DeskError


def add(c: Connection, reader: str) -> str:
    c.execute(insert(cursors).values(reader=reader, xid=0, seq=0))
    return reader


def add_and_fail(c: Connection, reader: str) -> None:
    add(c, reader)
    raise Conflict("no")


def readers(c: Connection) -> list[str]:
    return list(c.execute(select(cursors.c.reader).order_by(cursors.c.reader)).scalars())


async def test_a_write_is_there_for_the_next_read(database: Database) -> None:
    assert await database.write(add, "ada") == "ada"
    assert await database.read(readers) == ["ada"]


async def test_a_unit_that_raises_leaves_nothing_and_its_error_reaches_the_caller(
    database: Database,
) -> None:
    with pytest.raises(Conflict, match="no"):
        await database.write(add_and_fail, "ada")
    assert await database.read(readers) == []


async def test_one_failing_unit_does_not_touch_the_others_of_its_group(database: Database) -> None:
    units = [
        database.write(add if number % 3 else add_and_fail, f"{number:02}") for number in range(30)
    ]
    outcomes = await asyncio.gather(*units, return_exceptions=True)
    kept = [f"{number:02}" for number in range(30) if number % 3]
    assert [outcome for outcome in outcomes if isinstance(outcome, str)] == kept
    assert await database.read(readers) == kept


async def test_a_refused_row_fails_its_unit_only(database: Database) -> None:
    outcomes = await asyncio.gather(
        *(database.write(add, "ada") for _ in range(5)), return_exceptions=True
    )
    assert sum(outcome == "ada" for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 4


async def test_a_unit_may_catch_a_refused_row_in_a_nested_transaction(database: Database) -> None:
    def twice(c: Connection) -> None:
        add(c, "ada")
        with pytest.raises(IntegrityError), c.begin_nested():
            add(c, "ada")
        add(c, "bruno")

    await database.write(twice)
    assert await database.read(readers) == ["ada", "bruno"]


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.read(add, "ada")
    assert await database.read(readers) == []
    await database.write(add, "bruno")
    assert await database.read(readers) == ["bruno"]


async def test_a_read_sees_one_snapshot_while_others_write(database: Database) -> None:
    first, written = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def look_twice(c: Connection) -> tuple[int, int]:
        before = c.execute(select(func.count()).select_from(cursors)).scalar_one()
        if database.dialect == "sqlite":  # here the unit has a thread of its own
            loop.call_soon_threadsafe(first.set)
            asyncio.run_coroutine_threadsafe(written.wait(), loop).result(5)
        else:
            c.execute(text("SELECT pg_sleep(0.1)"))
        return before, c.execute(select(func.count()).select_from(cursors)).scalar_one()

    looking = asyncio.create_task(database.read(look_twice))
    if database.dialect == "sqlite":
        await first.wait()
    else:
        await asyncio.sleep(0.05)
    await database.write(add, "ada")
    written.set()
    assert await looking == (0, 0)


async def test_a_cancelled_caller_disturbs_nobody(database: Database) -> None:
    tasks = [asyncio.create_task(database.write(add, f"{number:02}")) for number in range(40)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert {f"{number:02}" for number in range(1, 40, 2)} <= set(await database.read(readers))
    await database.write(lambda c: c.execute(delete(cursors)) and None)
    assert await database.write(add, "ada") == "ada"


async def test_the_bell_rings_after_a_commit_and_not_after_a_failure(database: Database) -> None:
    await database.read(readers)
    bell = database.wake.listener()
    await bell.wait(0.2)  # PostgreSQL rings once when it begins to listen
    waiting = asyncio.create_task(bell.wait(30))
    with pytest.raises(Conflict):
        await database.write(add_and_fail, "ada")
    await asyncio.sleep(0.02)
    assert not waiting.done()
    await database.write(add, "ada")
    await waiting


async def test_closing_finishes_what_was_handed_in_and_refuses_what_comes_later(
    database: Database,
) -> None:
    tasks = [asyncio.create_task(database.write(add, f"{number:02}")) for number in range(20)]
    await asyncio.gather(*tasks)
    await database.close()
    await database.close()
    with pytest.raises(DeskError) as refused:
        await database.write(add, "late")
    assert refused.value.status == 503


async def test_values_come_back_as_they_went_in(database: Database) -> None:
    numbers = count(1)

    def bounce(c: Connection, value: int) -> int:
        add(c, f"r{next(numbers)}")
        return value

    assert await asyncio.gather(*(database.write(bounce, n) for n in range(50))) == list(range(50))


async def test_what_a_failed_statement_carried_is_not_in_the_complaint(database: Database) -> None:
    def fail(c: Connection) -> None:
        c.execute(text("INSERT INTO nowhere VALUES (:word)"), {"word": "hunter2"})

    with pytest.raises(SQLAlchemyError) as failed:
        await database.write(fail)
    assert "hunter2" not in str(failed.value)
