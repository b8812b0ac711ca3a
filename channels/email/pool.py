"""SMTP connections used again: a few at a time, looked at before each use, none for long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiosmtplib
from aiosmtplib import errors

_KEPT_S = 20.0  # an idle connection is closed before its server does it


class Pool:
    """Connections to one server, `most` at a time; kept between mails while it is open."""

    def __init__(self, connect: Callable[[], Awaitable[aiosmtplib.SMTP]], most: int) -> None:
        self._connect = connect
        self._places = asyncio.Semaphore(most)
        self._idle: list[tuple[aiosmtplib.SMTP, asyncio.TimerHandle]] = []
        self._keeps = False
        self._closing: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Keep connections between mails from now on."""
        self._keeps = True

    async def close(self) -> None:
        """Close what is idle, and keep nothing any more."""
        self._keeps = False
        while self._idle:
            client, timer = self._idle.pop()
            timer.cancel()
            await close(client)
        await asyncio.gather(*self._closing, return_exceptions=True)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """Yield a connection that has signed in. One that anything went wrong on is closed."""
        async with self._places:
            client = await self._known() or await self._connect()
            is_well = False
            try:
                yield client
                is_well = True
            finally:
                await (self._give_back(client) if is_well else close(client))

    async def _known(self) -> aiosmtplib.SMTP | None:
        """Return an idle connection that still answers, or None."""
        while self._idle:
            client, timer = self._idle.pop()
            timer.cancel()
            try:
                await client.rset()
                await client.noop()
            except (errors.SMTPException, OSError):
                await close(client)
            else:
                return client
        return None

    async def _give_back(self, client: aiosmtplib.SMTP) -> None:
        if not self._keeps or not client.is_connected:
            await close(client)
            return
        timer = asyncio.get_running_loop().call_later(_KEPT_S, self._forget, client)
        self._idle.append((client, timer))

    def _forget(self, client: aiosmtplib.SMTP) -> None:
        self._idle = [one for one in self._idle if one[0] is not client]
        task = asyncio.create_task(close(client))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def close(client: aiosmtplib.SMTP) -> None:
    """Say goodbye, or leave without: the mail is through or has failed already."""
    try:
        if client.is_connected:
            await client.quit(timeout=2)
    except (errors.SMTPException, OSError):
        pass  # a rude goodbye changes nothing
    finally:
        client.close()
