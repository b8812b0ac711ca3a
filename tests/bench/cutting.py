"""A network that fails: a TCP proxy which cuts whoever is connected, and traps for a word."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

CUTS_S = (0.05, 0.4)  # between one cut of everything and the next
_CHUNK_BYTES = 64 * 1024


@dataclass(eq=False)
class Passing:
    """One connection through the proxy, and all its client has said so far."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    asked: bytearray = field(default_factory=bytearray)

    def cut(self) -> None:
        """Drop both ends, as a network that fails does."""
        self.client.transport.abort()
        self.server.transport.abort()


Trap = Callable[[Passing, bool, bytes], bool]  # (where, whether the client says it, what)


class Proxy:
    """Passes bytes to a port of this machine until it cuts, or a trap springs.

    A trap is a moment: the bytes for which it is true are withheld, and nothing passes any more
    until `mend`. So whoever waits for `sprung` can kill a process between two steps of its.
    """

    def __init__(self, rng: Random, port: int, cuts_s: tuple[float, float] = CUTS_S) -> None:
        self.cuts = 0
        self.sprung = asyncio.Event()
        self._rng = rng
        self._cuts_s = cuts_s
        self._to_port = port
        self._passing: set[Passing] = set()
        self._trap: Trap | None = None
        self._server: asyncio.Server

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Proxy"]:
        """Listen on a port of its own while the context is open."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield self
        finally:
            self._server.close()
            self.cut()
            await self._server.wait_closed()

    @property
    def port(self) -> int:
        """Where to connect to."""
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def base(self) -> str:
        """Where to connect to, as the beginning of an address."""
        return f"http://127.0.0.1:{self.port}"

    async def keep_cutting(self) -> None:
        """Cut every connection again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._rng.uniform(*self._cuts_s))
            self.cuts += len(self._passing)
            self.cut()

    def cut(self) -> None:
        """Cut every connection now."""
        for passing in self._passing:
            passing.cut()

    def set_trap(self, trap: Trap | None) -> None:
        """Spring at the first bytes for which `trap` is true."""
        self._trap = trap

    def mend(self) -> None:
        """Let bytes pass again."""
        self._trap = None
        self.sprung.clear()

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if self.sprung.is_set():
            client.transport.abort()
            return
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            client.transport.abort()
            return
        passing = Passing(client, server)
        self._passing.add(passing)
        try:
            await asyncio.gather(
                self._pass(passing, reader, server, by_client=True),
                self._pass(passing, answers, client, by_client=False),
            )
        finally:
            self._passing.discard(passing)
            passing.cut()

    async def _pass(
        self,
        passing: Passing,
        source: asyncio.StreamReader,
        to: asyncio.StreamWriter,
        *,
        by_client: bool,
    ) -> None:
        with suppress(OSError):  # cut
            while chunk := await source.read(_CHUNK_BYTES):
                if by_client:
                    passing.asked += chunk
                if (
                    not self.sprung.is_set()
                    and self._trap
                    and self._trap(passing, by_client, chunk)
                ):
                    self.sprung.set()
                if self.sprung.is_set() or to.is_closing():
                    break
                to.write(chunk)
                await to.drain()
        if self.sprung.is_set():
            self.cut()
        with suppress(OSError, RuntimeError):
            to.write_eof()
