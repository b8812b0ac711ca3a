"""PostgreSQL: units of work through asyncpg and `run_sync`, shared by any number of processes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg
import msgspec
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from desk.db.bell import PostgresBell
from desk.db.engine import is_passing, unavailable
from desk.db.ownership import owned
from desk.db.wake import MemoryWake
from desk.kit.errors import Uncertain
from desk.kit.retry import backoff_s

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 6
_REFUSALS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)
_LOST_WHILE_COMMITTING = "The database was lost while committing: look whether it was kept."


def postgres_engine(url: str, *, connections: int = 5, **options: Any) -> AsyncEngine:
    """Return an engine for `postgresql://…`; `options` go to asyncpg."""
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,  # else errors, and with them the log, hold what customers wrote
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
        connect_args={
            "server_settings": {"application_name": "parley", "jit": "off"},
            **options,
        },
    )


class PostgresDatabase:
    """The `Database` on PostgreSQL 15 or newer.

    Writes are READ COMMITTED: what must not happen twice is guarded by an UPDATE that hits one
    row, and waiting for a row lock beats starting over. Reads are REPEATABLE READ READ ONLY, so
    that all statements of a unit see one snapshot; how many it has cannot be known beforehand.
    """

    dialect = "postgresql"

    def __init__(self, url: str, *, connections: int = 10) -> None:
        self.wake = MemoryWake()
        self._rng = Random()  # noqa: S311 - jitter, not a secret
        self._writing = postgres_engine(url, connections=connections + 1, command_timeout=60)
        self._reading = self._writing.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._owning = postgres_engine(url, connections=100, command_timeout=60)
        self._bell = PostgresBell(lambda: connected(self._writing), self.wake)
        self._is_closed = False

    async def write(
        self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` in a transaction, again after a deadlock, and return its committed result.

        Raises:
            DeskError: 503, the server cannot be reached; nothing was kept.
            Uncertain: the connection broke while committing.
        """
        result = await self._ask(self._writing, lambda c: unit(c, *args, **kwargs))
        self.wake.ring()
        self._bell.tell()
        return result

    async def read(
        self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` on a snapshot and return its result."""
        return await self._ask(self._reading, lambda c: unit(c, *args, **kwargs))

    def holding(self, name: str) -> AbstractAsyncContextManager[None]:
        """Hold `name` for this process alone: see desk.db.ownership.owned."""
        return owned(lambda: connected(self._owning), name)

    async def close(self) -> None:
        """Stop listening and give the connections back."""
        self._is_closed = True
        await self._bell.close()
        await self._writing.dispose()
        await self._owning.dispose()

    async def _ask(self, engine: AsyncEngine, call: Callable[[Connection], T]) -> T:
        if self._is_closed:
            raise unavailable("The database is closed.")
        self._bell.start()
        for attempt in range(1, TRIES):
            try:
                return await _run(engine, call)
            except DBAPIError as error:
                if not is_passing(error):
                    raise
            await asyncio.sleep(backoff_s(attempt, self._rng, first_s=0.01, cap_s=0.2, jitter=0.5))
        return await _run(engine, call)


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Lend a connection of the pool.

    Raises:
        DeskError: 503, the server is away, busy or refuses us.
    """
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
        except _REFUSALS as refused:
            raise unavailable(f"PostgreSQL cannot be reached: {refused}") from refused
        yield connection


async def _run(engine: AsyncEngine, call: Callable[[Connection], T]) -> T:
    async with connected(engine) as connection:
        try:
            result = await connection.run_sync(call)
        except OSError as away:  # the driver's own: a reset, or no answer in time
            raise unavailable(f"PostgreSQL did not answer: {away!r}.") from away
        try:
            await connection.commit()
        except OSError as away:
            raise Uncertain(_LOST_WHILE_COMMITTING) from away
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Uncertain(_LOST_WHILE_COMMITTING) from error
            raise
        return result
