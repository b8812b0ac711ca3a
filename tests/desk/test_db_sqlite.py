"""SQLite's own behaviour: one process, a full disk, durability settings."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import OperationalError

from desk.db.open import open_database, sqlite_path
from desk.db.sqlite import SqliteDatabase
from desk.events.tables import cursors
from desk.kit.errors import DeskError, Invalid


def add(c: Connection, reader: str) -> None:
    c.execute(insert(cursors).values(reader=reader, xid=0, seq=0))


def count(c: Connection) -> int:
    return c.execute(select(func.count()).select_from(cursors)).scalar_one()


async def test_a_second_process_is_refused_in_one_sentence(sqlite: SqliteDatabase) -> None:
    program = "import sys; from desk.db.sqlite import SqliteDatabase; SqliteDatabase(sys.argv[1])"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(sqlite.path), stderr=subprocess.PIPE
    )
    _, complaint = await child.communicate()
    assert b"is in use by another Parley process" in complaint
    with pytest.raises(DeskError, match="in use"):
        open_database(str(sqlite.path))


async def test_a_closed_database_can_be_opened_again(sqlite: SqliteDatabase) -> None:
    await sqlite.write(add, "ada")
    await sqlite.close()
    again = SqliteDatabase(sqlite.path)
    assert await again.read(count) == 1
    await again.close()


async def test_a_full_disk_fails_every_unit_of_the_group_and_the_next_one_works(
    sqlite: SqliteDatabase,
) -> None:
    def fill(c: Connection, pages: int) -> None:
        c.execute(text("PRAGMA max_page_count = 1"))  # no larger than it is
        for number in range(pages):
            add(c, f"{number:04}" * 200)

    def allow(c: Connection) -> None:
        c.execute(text("PRAGMA max_page_count = 1000000"))

    await sqlite.write(add, "ada")
    outcomes = await asyncio.gather(
        sqlite.write(add, "bruno"), sqlite.write(fill, 3000), return_exceptions=True
    )
    for outcome in outcomes:
        assert isinstance(outcome, DeskError)
        assert (outcome.status, outcome.retry_after_s) == (503, 5)
    await sqlite.write(allow)
    await sqlite.write(add, "chidi")
    assert await sqlite.read(count) == 2


async def test_a_mistake_in_a_statement_is_its_units_own(sqlite: SqliteDatabase) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        await sqlite.write(lambda c: c.execute(text("DELETE FROM nowhere")) and None)
    with pytest.raises(OperationalError, match="no such table"):
        await sqlite.read(lambda c: c.execute(text("SELECT * FROM nowhere")).all())
    await sqlite.write(add, "ada")


async def test_commits_survive_a_power_cut_and_references_are_checked(
    sqlite: SqliteDatabase,
) -> None:
    def settings(c: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "query_only")
        return [c.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    assert await sqlite.write(settings) == ["wal", 2, 1, 0]
    assert await sqlite.read(settings) == ["wal", 2, 1, 1]


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeskError, match="No such file or directory"):
        SqliteDatabase(tmp_path / "missing" / "parley.db")


async def test_a_unit_that_raises_something_strange_harms_nobody(sqlite: SqliteDatabase) -> None:
    def stop(_: Connection) -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await sqlite.write(stop)
    await sqlite.write(add, "ada")


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///a/b.db", "a/b.db"), ("sqlite:////a/b.db", "/a/b.db"), ("b.db", "b.db")],
)
def test_a_url_names_a_file(url: str, path: str) -> None:
    assert sqlite_path(url) == Path(path)


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite:///", "sqlite://"])
def test_another_url_is_refused_with_what_would_do(url: str) -> None:
    with pytest.raises(Invalid, match="use sqlite:///path or postgresql://"):
        open_database(url)
