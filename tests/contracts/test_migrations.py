"""Migrations: both engines arrive at the tables that the rooms declare."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from desk.db import jobs
from desk.db.migrate import migrate, revision_of, revisions, with_connection
from desk.db.revise import check
from desk.db.schema import all_tables
from desk.kit.errors import DeskError
from tests.conftest import MONDAY
from tests.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'parley.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.empty() as url:
        yield url


def test_tables_and_migrations_agree_and_a_newer_database_is_refused(empty_url: str) -> None:
    migrate(empty_url)
    with_connection(empty_url, check)
    names = set(with_connection(empty_url, lambda c: inspect(c).get_table_names()))
    assert set(all_tables().tables) < names
    assert {"fulltext_message", "fulltext_article"} < names
    migrate(empty_url)  # nothing to do

    def from_the_future(c: Connection) -> None:
        c.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with_connection(empty_url, from_the_future)
    with pytest.raises(DeskError, match="9999, newer than this Parley knows"):
        migrate(empty_url)


def test_a_migration_that_fails_leaves_nothing(empty_url: str) -> None:
    def make_and_fail(c: Connection, message: str) -> None:
        c.execute(text("CREATE TABLE half (id integer)"))
        raise DeskError(message)

    with pytest.raises(DeskError, match="broke"):
        with_connection(empty_url, partial(make_and_fail, message="broke"))
    assert with_connection(empty_url, lambda c: inspect(c).get_table_names()) == []
    assert with_connection(empty_url, revision_of) is None


def test_at_the_start_an_sqlite_file_frees_the_jobs_of_a_killed_process(tmp_path: Path) -> None:
    path = str(tmp_path / "parley.db")
    take = partial(jobs.claim, limit=1, lease=timedelta(minutes=1), now=MONDAY)

    def add_and_take(c: Connection) -> None:
        jobs.enqueue(c, "send", 1, due_at=MONDAY)
        assert len(take(c, "send")) == 1
        assert take(c, "send") == []

    migrate(path)
    with_connection(path, add_and_take)
    migrate(path)
    assert len(with_connection(path, partial(take, kind="send"))) == 1


def test_migrations_are_numbered_without_gap() -> None:
    assert revisions() == [f"{number:04}" for number in range(1, len(revisions()) + 1)]


def test_a_server_out_of_reach_is_one_sentence() -> None:
    with pytest.raises(DeskError, match="PostgreSQL cannot be reached"):
        migrate("postgresql://nobody:x@127.0.0.1:1/none")


def test_a_new_database_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "parley.db"
    migrate(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o077 == 0
