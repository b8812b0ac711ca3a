"""What only one process may do at a time: an advisory lock that dies with its holder."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.db.engine import unavailable

LOOK_S = 1.0  # how often a process that waits asks again

Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

_TRY = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
_LOST = "The connection that held {} broke; another process may have it now."


@asynccontextmanager
async def owned(connect: Connect, name: str) -> AsyncIterator[None]:
    """Wait until no other process holds `name`, and hold it while the context is open.

    A process that dies lets go at once: the lock goes with its connection. When the connection
    breaks, the body is cancelled and the context raises.

    Raises:
        DeskError: 503, the server is away, or the connection broke.
    """
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(connect())
        stack.push_async_callback(connection.invalidate)  # a lock never goes back to the pool
        driver = (await connection.get_raw_connection()).driver_connection
        await _acquire(driver, name)
        async with _cancelled_when_lost(driver, name):
            yield


async def _acquire(driver: Any, name: str) -> None:
    try:
        while not await driver.fetchval(_TRY, f"parley:{name}"):  # noqa: ASYNC110 - another server
            await asyncio.sleep(LOOK_S)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as lost:
        raise unavailable(_LOST.format(name)) from lost


@asynccontextmanager
async def _cancelled_when_lost(driver: Any, name: str) -> AsyncIterator[None]:
    body = asyncio.current_task()
    lost = False

    def end(_: Any) -> None:
        nonlocal lost
        lost = True
        if body is not None:
            body.cancel()

    driver.add_termination_listener(end)
    try:
        yield
    except asyncio.CancelledError as cancelled:
        if lost and body is not None and body.uncancel() == 0:
            raise unavailable(_LOST.format(name)) from cancelled
        raise
    finally:
        if not driver.is_closed():
            driver.remove_termination_listener(end)
