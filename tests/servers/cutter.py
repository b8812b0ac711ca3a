"""A bad line to a server: it carries bytes both ways, and cuts every connection after a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cutter:
    """A TCP proxy on loopback; while `lives_s` is set no connection lives longer."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self.lives_s: float | None = None
        self.opened: list[float] = []  # when, on the loop's clock
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen inside the context."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            self.cut()
            await server.wait_closed()

    def cut(self) -> None:
        """Cut every connection that is open."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened.append(asyncio.get_running_loop().time())
        there_reader, there = await asyncio.open_connection("127.0.0.1", self._to)
        ends = {writer, there}
        self._writers |= ends
        pumps = asyncio.gather(_pump(reader, there), _pump(there_reader, writer))
        with suppress(TimeoutError, OSError):
            await asyncio.wait_for(pumps, self.lives_s)
        for end in ends:
            end.transport.abort()
        self._writers -= ends


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while content := await reader.read(65536):
        writer.write(content)
        await writer.drain()
    writer.close()
