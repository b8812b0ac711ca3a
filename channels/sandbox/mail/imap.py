"""IMAP for the mail server in a box: pymap in our own loop, with its mailboxes in memory."""

import asyncio
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Identity, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxSet
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Seen
from pymap.user import UserMetadata
from pysasl import SASLAuth
from pysasl.mechanism.login import LoginMechanism
from pysasl.mechanism.plain import PlainMechanism

from channels.sandbox.mail.faults import Faults

_RING_AGAIN_S = 0.05


class _Unhashed:
    """Passwords as they are: this server guards nothing."""

    def copy(self) -> "_Unhashed":
        return self

    def hash(self, value: str) -> str:
        return value

    def verify(self, value: str, digest: str) -> bool:
        return value == digest


class _Quiet(Config):
    """pymap's settings without what it would look up on the disk and in DNS for each client."""

    @property
    def tls_auth(self) -> SASLAuth:
        return SASLAuth([PlainMechanism(b"PLAIN"), LoginMechanism(b"LOGIN")])

    @property
    def greeting(self) -> bytes:
        return b"Sandbox ready"


class ImapSandbox:
    """Mailboxes with IDLE, MOVE and UIDPLUS on loopback."""

    def __init__(self, host: str, faults: Faults) -> None:
        self.port = 0
        self._host = host
        self._faults = faults
        self._config = _Quiet(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=host,
            port=0,
            demo_data=False,
            demo_user="",
            demo_password="",
            tls_enabled=False,
            secure_auth=False,
            invalid_user_sleep=0.0,
            hash_context=_Unhashed(),
            cpu_subsystem=Subsystem.for_asyncio(),
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        )
        self._login = Login(self._config)
        self._open: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    @asynccontextmanager
    async def listen(self, port: int = 0) -> AsyncIterator[None]:
        """Serve inside the context; leaving it cuts every connection."""
        serve = IMAPServer(self._login, self._config)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(serve, reader, writer)

        server = await asyncio.start_server(connected, self._host, port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            self.cut()
            if self._open:
                await asyncio.wait(list(self._open))
            await server.wait_closed()

    async def add(self, address: str, password: str) -> None:
        """Open an empty mailbox."""
        account = UserMetadata(self._config, address, password=password)
        await Identity(address, self._login, None, frozenset()).set(account)
        await self._empty(address)

    async def append(self, address: str, raw: bytes, at: datetime, *, seen: bool = False) -> None:
        """Put a mail into the mailbox's INBOX and tell those who wait in IDLE."""
        mailboxes, _ = self._config.set_cache[address]
        inbox = await mailboxes.get_mailbox("INBOX")
        await inbox.append(AppendMessage(raw, at, frozenset({Seen} if seen else ())))
        # pymap tells an IDLE only of what comes after it began: ring again for one just beginning.
        asyncio.get_running_loop().call_later(_RING_AGAIN_S, inbox._updated.set)

    async def rebuild(self, address: str, mails: list[bytes], at: datetime) -> None:
        """Lose every UID of a mailbox, as a restored server does: new UIDVALIDITY, same mails."""
        await self._empty(address)
        for raw in mails:
            await self.append(address, raw, at)
        self.cut()

    async def flags(self, address: str) -> list[set[str]]:
        """Return the flags of the mails in INBOX, in order."""
        mailboxes, _ = self._config.set_cache[address]
        inbox = await mailboxes.get_mailbox("INBOX")
        return [{str(flag) for flag in mail.permanent_flags} async for mail in inbox.messages()]

    def cut(self) -> None:
        """Cut every connection, as a network does: without a word."""
        for writer in self._open.values():
            writer.transport.abort()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._open)

    async def _empty(self, address: str) -> None:
        mailboxes = MailboxSet()
        await mailboxes.add_mailbox("Archive")
        self._config.set_cache[address] = (mailboxes, FilterSet())

    async def _serve(
        self, serve: IMAPServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if self._faults.imap_refuses or task is None:
            writer.transport.abort()
            return
        self._open[task] = writer
        cut = None
        if self._faults.imap_life_s:
            loop = asyncio.get_running_loop()
            cut = loop.call_later(self._faults.imap_life_s, writer.transport.abort)
        try:
            await serve(reader, writer, SocketInfoLocal(writer))
        except (ConnectionError, EOFError):
            return  # the client left, or we cut it off
        finally:
            if cut is not None:
                cut.cancel()
            del self._open[task]
            writer.transport.abort()
