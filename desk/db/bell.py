"""The bell between processes: one NOTIFY after commits, and the connection that listens."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from random import Random
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.db.wake import MemoryWake
from desk.kit.errors import DeskError
from desk.kit.log import get
from desk.kit.retry import backoff_s

CHANNEL = "parley"
PAUSE_S = 0.01  # at most one NOTIFY per process in this time
CHECK_S = 30.0  # a connection that said nothing for so long is asked whether it lives
ANSWER_S = 10.0

Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

_LOST = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # cut off in the middle of an answer
    DeskError,
)
_log = get(part="db")


class PostgresBell:
    """Rings `wake` when another process has committed, and tells the others of our commits.

    Never inside a unit: NOTIFY takes a database-wide lock at commit, so that it would make all
    writers queue up. What is told while the connection is away is lost; those who wait look
    by themselves from time to time.
    """

    def __init__(self, connect: Connect, wake: MemoryWake) -> None:
        self._connect = connect
        self._wake = wake
        self._name = f"{os.getpid()}-{id(self)}"
        self._something = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, in the running loop; a second call does nothing."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep_listening(), name="postgres bell")

    def tell(self) -> None:
        """Let the other processes know, soon, that something was committed."""
        self._something.set()

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_listening(self) -> None:
        rng, attempt = Random(), 0  # noqa: S311 - jitter
        while True:
            try:
                async with _dedicated(self._connect) as driver:
                    attempt = 0
                    await self._listen(driver)
            except _LOST as lost:
                _log.warning("db.bell_lost", reason=str(lost))
            attempt += 1
            await asyncio.sleep(backoff_s(attempt, rng, first_s=0.1, cap_s=5))

    async def _listen(self, driver: Any) -> None:
        driver.add_termination_listener(lambda _: self._something.set())
        await driver.add_listener(CHANNEL, self._heard)
        self._wake.ring()  # whatever was committed while nobody listened
        while True:
            told = await self._told()
            if driver.is_closed():
                return
            command = "SELECT pg_notify($1, $2)" if told else "SELECT $1::text, $2::text"
            await driver.fetch(command, CHANNEL, self._name, timeout=ANSWER_S)
            await asyncio.sleep(PAUSE_S)

    async def _told(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECK_S):
                await self._something.wait()
        told = self._something.is_set()
        self._something.clear()
        return told

    def _heard(self, _connection: Any, _pid: int, _channel: str, name: Any) -> None:
        if name != self._name:
            self._wake.ring()


@asynccontextmanager
async def _dedicated(connect: Connect) -> AsyncIterator[Any]:
    """A driver connection of one's own: it never goes back to the pool, for it listens."""
    async with connect() as connection:
        try:
            yield (await connection.get_raw_connection()).driver_connection
        finally:
            await connection.invalidate()
