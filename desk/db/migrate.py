"""Bringing a database to the tables this code expects; forward only."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from desk.db.jobs import reclaim
from desk.db.lock import FileLock
from desk.db.open import is_postgres, postgres_module, sqlite_path
from desk.db.sqlite import sqlite_engine
from desk.kit.errors import DeskError

T = TypeVar("T")

FOLDER = Path(__file__).parent / "migrations"
OLDEST_POSTGRES = 15
_LOCK = 0x7061726C6579  # "parley": one process migrates a PostgreSQL database at a time


def migrate(url: str) -> None:
    """Bring the database behind `url` up to date, creating the SQLite file if there is none.

    On SQLite it also frees the jobs that a killed process held: nobody else can have the file.
    Blocks: call it before the event loop or by `asyncio.to_thread`. Alembic, which takes about
    half a second to import, is loaded only when there is something to do.

    Raises:
        DeskError: the database is newer than this code, in use (SQLite), out of reach or older
            than PostgreSQL 15.
    """
    with_connection(url, _begin)


def _begin(connection: Connection) -> None:
    upgrade(connection)
    if connection.dialect.name == "sqlite":
        reclaim(connection)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the missing migrations up to `to`. Raises DeskError for a database newer than us."""
    known = revisions()
    present = revision_of(connection)
    if present is not None and present not in known:
        raise DeskError(
            f"The database is at revision {present}, newer than this Parley knows ({known[-1]}): "
            "install the newer Parley again, or restore a backup made before it."
        )
    target = known[-1] if to == "head" else to
    if present != target:
        from alembic import command  # half a second of imports, often not needed

        command.upgrade(alembic_config(connection), target)


def revisions() -> list[str]:
    """Return the numbers of all migrations, in order."""
    return sorted(found.name[:4] for found in (FOLDER / "versions").glob("[0-9]*.py"))


def revision_of(connection: Connection) -> str | None:
    """Return the revision a database is at, None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def alembic_config(connection: Connection, **attributes: Any) -> Any:
    """Return Alembic's configuration, made here: there is no alembic.ini."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes.update(connection=connection, **attributes)
    return config


def with_connection(url: str, unit: Callable[[Connection], T]) -> T:
    """Return `unit(connection)`, committed, while no other process can migrate."""
    if is_postgres(url):
        return asyncio.run(_on_postgres(url, unit))
    path = sqlite_path(url)
    lock = FileLock(path)
    try:
        return _on_sqlite(path, unit)
    finally:
        lock.release()


def _on_sqlite(path: Path, unit: Callable[[Connection], T]) -> T:
    with _opened(path) as connection:
        # A migration that copies a table may leave references hanging for a moment.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        result = unit(connection)
        connection.commit()
        return result


def _opened(path: Path) -> Connection:
    with suppress(OSError):  # SQLite tells, in its words, what cannot be made or opened
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # a new one is for us alone
    try:
        return sqlite_engine(path).connect()
    except DatabaseError as refused:
        raise DeskError(
            f"The database {path} cannot be opened: {refused.orig}. Name another file in "
            "storage.url, or restore a backup."
        ) from refused


async def _on_postgres(url: str, unit: Callable[[Connection], T]) -> T:
    postgres = postgres_module()
    engine = postgres.postgres_engine(url, connections=1)
    try:
        async with postgres.connected(engine) as connection:
            await connection.run_sync(_take_turn)
            result: T = await connection.run_sync(unit)
            await connection.commit()
            return result
    finally:
        await engine.dispose()


def _take_turn(connection: Connection) -> None:
    version = connection.execute(text("SHOW server_version_num")).scalar_one()
    if int(version) < OLDEST_POSTGRES * 10_000:
        raise DeskError(f"PostgreSQL {OLDEST_POSTGRES} or newer is needed, this is {version}.")
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
