"""SQLite: one writer thread that commits in groups, three reader threads, one process."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from desk.db.engine import unavailable
from desk.db.lock import FileLock
from desk.db.units import Unit, settle_all
from desk.db.wake import MemoryWake
from desk.kit.errors import DeskError

P = ParamSpec("P")
T = TypeVar("T")

READERS = 3
GROUP = 256  # units per commit at most: bounds the memory and the wait of the first in line

Queue = SimpleQueue[Unit[Any] | None]

_PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32000",  # KiB
    "PRAGMA journal_size_limit = 67108864",  # bytes kept of a WAL that once grew large
)


def sqlite_engine(path: Path) -> Engine:
    """Return an engine whose connections are fit for `path`; the caller begins transactions.

    `isolation_level=None` because the driver would begin deferred ones, and a deferred read
    that wants to write fails at once when another has written (SQLITE_BUSY_SNAPSHOT).
    """
    return create_engine(
        "sqlite://",
        creator=partial(_connect, path),
        poolclass=NullPool,
        hide_parameters=True,  # else errors, and with them the log, hold what customers wrote
    )


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


class SqliteDatabase:
    """The `Database` on one SQLite file, from one event loop of one process.

    Raises:
        DeskError: another process uses the file, or its folder cannot be written to.
    """

    dialect = "sqlite"

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.wake = MemoryWake()
        self._lock = FileLock(self.path)
        self._engine = sqlite_engine(self.path)
        self._writes: Queue = SimpleQueue()
        self._reads: Queue = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closing = False

    async def write(
        self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` in the writer's thread and return its result once it is durable.

        Raises:
            DeskError: 503, nothing was kept: the disk is full or the file cannot be written.
        """
        return await self._ask(self._writes, unit, *args, **kwargs)

    async def read(
        self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` on a snapshot in a reader's thread and return its result."""
        return await self._ask(self._reads, unit, *args, **kwargs)

    def holding(self, name: str) -> AbstractAsyncContextManager[None]:
        """Hold `name`: nobody else can, for one process alone has the file."""
        return nullcontext()

    async def close(self) -> None:
        """Finish every unit handed in so far, end the threads and unlock the file."""
        if self._closing:
            return
        self._closing = True
        self._writes.put(None)
        for _ in range(READERS):
            self._reads.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._let_go)

    async def _ask(
        self,
        queue: Queue,
        unit: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        if self._closing:
            raise unavailable("The database is closed.")
        if not self._threads:
            self._start()
        asked = Unit(lambda connection: unit(connection, *args, **kwargs))
        queue.put(asked)
        return await asked.future

    def _start(self) -> None:
        loops = [self._write_all, *[self._read_all] * READERS]
        self._threads = [
            threading.Thread(target=loop, name=f"sqlite-{number}", daemon=True)
            for number, loop in enumerate(loops)
        ]
        for thread in self._threads:
            thread.start()

    def _let_go(self) -> None:
        for thread in self._threads:
            thread.join()
        self._engine.dispose()
        self._lock.release()

    def _write_all(self) -> None:
        connection: Connection | None = None
        while group := _next_group(self._writes):
            try:
                connection = connection or self._engine.connect()
                _run_group(connection, group)
            except SQLAlchemyError as error:
                _drop(connection)
                connection = None
                _fail(group, error)
            settle_all(group, partial(_ring, self.wake, group))
        _drop(connection)

    def _read_all(self) -> None:
        connection: Connection | None = None
        while (unit := self._reads.get()) is not None:
            try:
                connection = connection or _query_only(self._engine)
                _run_read(connection, unit)
            except SQLAlchemyError as error:
                _drop(connection)
                connection = None
                _fail([unit], error)
            settle_all([unit], _nothing)
        _drop(connection)


def _next_group(queue: Queue) -> list[Unit[Any]]:
    """Return the units that wait, at least one; nothing when the queue was closed."""
    first = queue.get()
    if first is None:
        return []
    group = [first]
    while len(group) < GROUP:
        try:
            unit = queue.get_nowait()
        except Empty:
            break
        if unit is None:
            queue.put(None)  # the end comes after this group
            break
        group.append(unit)
    return group


def _run_group(connection: Connection, group: list[Unit[Any]]) -> None:
    """Run each unit in its own savepoint and commit them together.

    Raises:
        SQLAlchemyError: nothing of the group was kept.
    """
    with connection.begin() as transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        for unit in group:
            if unit.is_wanted:
                _run_in_savepoint(connection, unit)
        transaction.commit()


def _run_in_savepoint(connection: Connection, unit: Unit[Any]) -> None:
    connection.exec_driver_sql("SAVEPOINT unit")
    if not unit.run(connection):
        _refuse_lost_transaction(connection, unit)
        connection.exec_driver_sql("ROLLBACK TO unit")
    connection.exec_driver_sql("RELEASE unit")


def _refuse_lost_transaction(connection: Connection, unit: Unit[Any]) -> None:
    """A full disk takes back the whole transaction, not the savepoint: then all have failed."""
    driver = connection.connection.driver_connection
    if driver is None or not driver.in_transaction:
        cause = unit.error
        raise cause if isinstance(cause, SQLAlchemyError) else SQLAlchemyError(str(cause))


def _query_only(engine: Engine) -> Connection:
    connection = engine.connect()
    connection.exec_driver_sql("PRAGMA query_only = ON")
    connection.rollback()
    return connection


def _run_read(connection: Connection, unit: Unit[Any]) -> None:
    if not unit.is_wanted:
        return
    with connection.begin():
        connection.exec_driver_sql("BEGIN")
        unit.run(connection)


def _fail(group: list[Unit[Any]], cause: SQLAlchemyError) -> None:
    """Make the whole group fail: what a unit raised itself it keeps."""
    for unit in group:
        if unit.error is None or isinstance(unit.error, OperationalError):
            unit.error = _translated(cause)


def _translated(cause: SQLAlchemyError) -> DeskError:
    """Return what a failing file means for the caller: nothing was kept, later may be better."""
    error = unavailable(f"The database cannot be used now: {getattr(cause, 'orig', None) or cause}")
    error.__cause__ = cause
    return error


def _drop(connection: Connection | None) -> None:
    """Close a connection, also a broken one."""
    if connection is not None:
        connection.invalidate()
        connection.close()


def _ring(wake: MemoryWake, group: list[Unit[Any]]) -> None:
    if any(unit.error is None for unit in group):
        wake.ring()


def _nothing() -> None:
    """Reads wake nobody."""
