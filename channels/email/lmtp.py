"""Our own listener, LMTP or SMTP: a mail server hands over, and hears yes only after the commit."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as WireEnvelope
from aiosmtpd.smtp import Session as WireSession

from channels.email.addresses import base_of
from channels.email.config import DoorProtocol, EmailSettings
from channels.email.envelope import Envelope
from desk.kit import log
from desk.kit.errors import ChannelBroken, DeskError

Take = Callable[[bytes, Envelope], Awaitable[None]]

_QUIET_S = 10.0  # how long closing waits for mails that are being taken
_LINE_BYTES = 64 * 1024  # real mail has lines beyond the 998 of the standard


class MailListener:
    """Takes mail for the inbox's addresses; `take` returns when the mail is committed."""

    def __init__(self, settings: EmailSettings, take: Take) -> None:
        self._settings = settings
        self._own = frozenset(base_of(one)[0] for one in settings.addresses)
        self._take = take
        self._open: set[SMTP] = set()
        self._busy: set[asyncio.Task[Any]] = set()
        self._log = log.get(channel="email", inbox=settings.address)
        self.port = 0  # the one bound, when the setting is 0

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[None]:
        """Take mail inside the context; leaving it waits for the mails being taken.

        Raises:
            ChannelBroken: the port is taken, or the socket's folder is not ours.
        """
        server = await self._bound()
        if not self._settings.door.socket:
            self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            if self._busy:
                await asyncio.wait(self._busy, timeout=_QUIET_S)
            for protocol in tuple(self._open):
                if protocol.transport is not None:
                    protocol.transport.close()
            await server.wait_closed()

    async def _bound(self) -> asyncio.Server:
        door = self._settings.door
        try:
            loop = asyncio.get_running_loop()
            if door.socket:
                bound = await asyncio.to_thread(_bound_to, Path(door.socket))
                return await loop.create_unix_server(self._protocol, sock=bound)
            return await loop.create_server(self._protocol, door.host, door.port)
        except OSError as taken:
            if door.socket:
                raise ChannelBroken(
                    f"{door.socket} cannot be listened on for mail ({taken.strerror}). "
                    "Name a path in a folder that Parley may write to."
                ) from taken
            raise ChannelBroken(
                f"Port {door.port} on {door.host} cannot be listened on for mail "
                f"({taken.strerror}). Stop what uses it, or set door.port to another one."
            ) from taken

    def may_open(self, protocol: SMTP, peer: str) -> bool:
        """Return whether one more connection is within the caps, and count it."""
        door = self._settings.door
        same = sum(1 for one in self._open if peer and _peer(one.transport) == peer)
        if len(self._open) >= door.connections or same >= door.connections_per_peer:
            return False
        self._open.add(protocol)
        return True

    def closed(self, protocol: SMTP) -> None:
        """Forget a connection."""
        self._open.discard(protocol)

    async def handle_RCPT(
        self,
        server: SMTP,
        session: WireSession,
        envelope: WireEnvelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Take only mail for our own addresses, with or without a +tag."""
        if base_of(address)[0] not in self._own:
            return "550 5.1.1 There is no such address here"
        if len(envelope.rcpt_tos) >= self._settings.door.recipients:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: WireSession, envelope: WireEnvelope) -> str:
        """Hand the mail over; 250 only after the commit, 451 so that the server keeps it."""
        raw = envelope.original_content or b""
        written = Envelope(envelope.mail_from or "", tuple(envelope.rcpt_tos))
        task = asyncio.current_task()
        if task is not None:
            self._busy.add(task)
        try:
            await self._take(raw, written)
        except DeskError as trouble:
            self._log.warning("email.door.refused", reason=trouble.reason)
            return self._answers(envelope, "451 4.3.0 Cannot be stored just now, try again later")
        finally:
            if task is not None:
                self._busy.discard(task)
        return self._answers(envelope, "250 2.0.0 OK")

    async def handle_exception(self, error: Exception) -> str:
        """Never lose a mail to a fault of ours: the sending server keeps it and tries again."""
        self._log.error("email.door.failed", exc_info=error)
        return "451 4.3.0 Local trouble, try again later"

    def _answers(self, envelope: WireEnvelope, answer: str) -> str:
        # LMTP wants one answer for each recipient (RFC 2033, 4.2).
        lmtp = self._settings.door.protocol is DoorProtocol.LMTP
        return "\r\n".join([answer] * (len(envelope.rcpt_tos) if lmtp else 1))

    def _protocol(self) -> SMTP:
        lmtp = self._settings.door.protocol is DoorProtocol.LMTP
        kind = _Lmtp if lmtp else _Smtp
        protocol: SMTP = kind(
            self,
            data_size_limit=self._settings.largest_bytes,
            enable_SMTPUTF8=True,
            hostname=self._settings.address.rpartition("@")[2] or "localhost",
            ident="Parley",
            timeout=self._settings.door.idle_timeout_s,
            loop=asyncio.get_running_loop(),
        )
        return protocol


class _Capped(SMTP):
    """A connection that counts against the listener's caps."""

    line_length_limit = _LINE_BYTES

    def connection_made(self, transport: Any) -> None:
        """Refuse one connection too many before a word is said."""
        self.transport = transport
        if not self.event_handler.may_open(self, _peer(transport)):
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()
            self._refused = True
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Give the place back."""
        self.event_handler.closed(self)
        if not getattr(self, "_refused", False):
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Listen, unless the connection was refused."""
        if not getattr(self, "_refused", False):
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """Close when the peer does."""
        if getattr(self, "_refused", False):
            return None
        closes: bool | None = super().eof_received()
        return closes


class _Smtp(_Capped):
    """Says SMTP."""


class _Lmtp(_Capped, LMTP):
    """Says LMTP."""


def _peer(transport: Any) -> str:
    name = transport.get_extra_info("peername") if transport is not None else None
    return str(name[0]) if name else ""


def _bound_to(path: Path) -> socket.socket:
    """Return a socket at `path` that its owner and group may write to; blocks."""
    if path.is_socket():
        path.unlink()  # left by a process that died
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
        path.chmod(0o660)
    except OSError:
        bound.close()
        raise
    return bound
