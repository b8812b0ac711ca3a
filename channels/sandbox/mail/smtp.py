"""SMTP for the mail server in a box: takes mail for its mailboxes, refuses others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from channels.sandbox.mail.faults import Faults

Deliver = Callable[[bytes, str, str], Awaitable[None]]  # raw, envelope sender, mailbox


class SmtpSandbox:
    """Takes mail for the addresses in `passwords`; sign-in is checked when it is tried."""

    def __init__(
        self, host: str, passwords: dict[str, str], deliver: Deliver, faults: Faults
    ) -> None:
        self.port = 0
        self._host = host
        self._passwords = passwords
        self._deliver = deliver
        self._faults = faults
        self._open: set[asyncio.BaseTransport] = set()
        self.connections = 0  # ever opened

    @asynccontextmanager
    async def listen(self, port: int = 0) -> AsyncIterator[None]:
        """Serve inside the context; leaving it cuts every connection."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._protocol, self._host, port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for transport in tuple(self._open):
                transport.close()
            await server.wait_closed()
            await asyncio.sleep(0)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        """Greet, and remember the connection so that it can be cut."""
        session.host_name = name
        self._open = {one for one in self._open if not one.is_closing()}
        if server.transport is not None:
            self._open.add(server.transport)
        return answers

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, unless told to refuse."""
        if self._faults.mail_answer:
            return self._faults.mail_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient who has a mailbox here, with or without a +tag."""
        if self._faults.rcpt_answer:
            return self._faults.rcpt_answer
        if mailbox_of(address) not in self._passwords:
            return "550 5.1.1 User unknown"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Deliver the mail to each recipient's mailbox."""
        if answer := self._faults.data_answer:
            if self._faults.data_times == 1:
                self._faults.data_answer = ""
            self._faults.data_times = max(0, self._faults.data_times - 1)
            return answer
        await asyncio.sleep(self._faults.smtp_slow_s)
        raw = envelope.original_content or b""
        sender = (envelope.mail_from or "").strip("<>")  # the library keeps the null path as <>
        for address in envelope.rcpt_tos:
            head = (
                f"Return-Path: <{sender}>\r\nDelivered-To: {address}\r\n"
                f"Received: from {session.host_name} by sandbox.example\r\n"
            )
            await self._deliver(head.encode() + raw, sender, address)
        if self._faults.drops_after_data and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 2.0.0 OK"

    def cut(self) -> None:
        """Cut every connection there is."""
        for transport in tuple(self._open):
            transport.abort()  # type: ignore[attr-defined] # it is a socket's

    def _protocol(self) -> SMTP:
        self.connections += 1
        return SMTP(
            self,
            enable_SMTPUTF8=True,
            hostname="sandbox.example",
            ident="Sandbox",
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        known = self._passwords.get(mailbox_of(data.login.decode()))
        right = known is not None and known == data.password.decode()
        return AuthResult(success=right, handled=False)


def mailbox_of(address: str) -> str:
    """Return the mailbox an address is delivered to: lower case, without its +tag."""
    local, _, domain = address.strip("<> ").rpartition("@")
    return f"{local.partition('+')[0]}@{domain}".lower()
