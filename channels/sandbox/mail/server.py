"""The mail server in a box: mailboxes, who writes to them, and what they hold."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from types import TracebackType

import aiosmtplib
from msgspec import Struct

from channels.sandbox.mail.faults import Faults
from channels.sandbox.mail.imap import ImapSandbox
from channels.sandbox.mail.smtp import SmtpSandbox, mailbox_of
from desk.kit.clock import Clock, SystemClock
from desk.kit.errors import Invalid

File = tuple[str, str, bytes]  # name, mime, content


class Received(Struct, frozen=True, kw_only=True):
    """A mail as a customer's mail program shows it."""

    message_id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    in_reply_to: str
    references: str
    headers: dict[str, str]
    files: tuple[File, ...]


class MailSandbox:
    """SMTP and IMAP on loopback for any number of mailboxes, with faults on request.

    Use it as an asynchronous context; `smtp_port` and `imap_port` are set inside. Adapters
    are pointed at it by host and port and sign in with a mailbox's address and password.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        *,
        smtp_port: int = 0,
        imap_port: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self.host = host
        self.faults = Faults()
        self._clock = clock or SystemClock()
        self._passwords: dict[str, str] = {}
        self._mails: dict[str, list[bytes]] = {}
        self._changed = asyncio.Event()
        self._imap = ImapSandbox(host, self.faults)
        self._smtp = SmtpSandbox(host, self._passwords, self._by_smtp, self.faults)
        self._wanted = (smtp_port, imap_port)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "MailSandbox":
        """Open both ports."""
        smtp_port, imap_port = self._wanted
        await self._stack.enter_async_context(self._smtp.listen(smtp_port))
        await self._stack.enter_async_context(self._imap.listen(imap_port))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close both ports and cut whoever is connected."""
        await self._stack.aclose()

    @property
    def smtp_port(self) -> int:
        """Where mail is taken in."""
        return self._smtp.port

    @property
    def imap_port(self) -> int:
        """Where mailboxes are read."""
        return self._imap.port

    @property
    def smtp_connections(self) -> int:
        """How many connections for sending were ever opened."""
        return self._smtp.connections

    def cut_smtp(self) -> None:
        """Cut every connection that sends, as a server does with silent ones."""
        self._smtp.cut()

    @property
    def imap_connections(self) -> int:
        """How many clients read by IMAP now."""
        return self._imap.connections

    async def add_mailbox(self, address: str, password: str) -> None:
        """Open an empty mailbox; its +tags are delivered to it too."""
        name = mailbox_of(address)
        self._passwords[name] = password
        self._mails[name] = []
        await self._imap.add(name, password)

    async def deliver(
        self, raw: bytes, to: str, came_at: datetime | None = None, *, seen: bool = False
    ) -> None:
        """Put a raw mail into a mailbox as it is, now or as one that came before.

        Raises:
            Invalid: there is no such mailbox.
        """
        name = mailbox_of(to)
        if name not in self._mails:
            raise Invalid(f"The sandbox has no mailbox {name}.")
        self._mails[name].append(raw)
        await self._imap.append(name, raw, came_at or self._clock.now(), seen=seen)
        self._changed.set()

    async def send(
        self,
        from_: str,
        to: str,
        subject: str,
        text: str,
        in_reply_to: str | None = None,
        attachments: Sequence[File] = (),
    ) -> str:
        """Send a mail over SMTP as a customer's mail program would; return its Message-ID.

        `in_reply_to` is the Message-ID of a mail in the sender's mailbox; the references of
        that mail are carried on.
        """
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = from_, to, subject
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = make_msgid(domain=from_.rpartition("@")[2].strip("> "))
        if in_reply_to:
            mail["In-Reply-To"] = in_reply_to
            mail["References"] = self._references(from_, in_reply_to)
        mail.set_content(text)
        for name, mime, content in attachments:
            kind, _, subtype = mime.partition("/")
            mail.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
        await self.submit(mail.as_bytes(), mailbox_of(from_.rpartition("<")[2].strip(">")), to)
        return str(mail["Message-ID"])

    async def submit(self, raw: bytes, sender: str, to: str) -> None:
        """Hand a raw mail to the SMTP port. Raises aiosmtplib's errors when it is refused."""
        recipient = to.rpartition("<")[2].strip("> ")
        await aiosmtplib.send(
            raw,
            sender=sender,
            recipients=[recipient],
            hostname=self.host,
            port=self.smtp_port,
            start_tls=False,
            local_hostname="phone.example",
        )

    def mailbox(self, address: str) -> list[bytes]:
        """Return every mail delivered to a mailbox, oldest first, as it came."""
        return list(self._mails.get(mailbox_of(address), []))

    def inbox_of(self, address: str) -> list[Received]:
        """Return what a mail program shows of a mailbox, oldest first."""
        return [received(raw) for raw in self.mailbox(address)]

    async def wait_for(
        self,
        address: str,
        predicate: Callable[[Received], bool] = lambda mail: True,
        timeout_s: float = 10.0,
    ) -> Received:
        """Return the first mail in a mailbox that `predicate` holds for, waiting for it.

        Raises:
            TimeoutError: none came in `timeout_s` seconds.
        """
        async with asyncio.timeout(timeout_s):
            while True:
                self._changed.clear()
                found = next(filter(predicate, self.inbox_of(address)), None)
                if found is not None:
                    return found
                await self._changed.wait()

    async def changed(self) -> None:
        """Return after the next mail delivered to any mailbox."""
        self._changed.clear()
        await self._changed.wait()

    def cut_connections(self) -> None:
        """Cut every IMAP connection without a word."""
        self._imap.cut()

    async def rebuild(self, address: str) -> None:
        """Give a mailbox a new UIDVALIDITY and all its mails new UIDs; cuts connections."""
        name = mailbox_of(address)
        await self._imap.rebuild(name, self._mails[name], self._clock.now())

    async def flags(self, address: str) -> list[set[str]]:
        """Return the flags of the mails now in a mailbox's INBOX, in order."""
        return await self._imap.flags(mailbox_of(address))

    async def _by_smtp(self, raw: bytes, sender: str, to: str) -> None:
        await self.deliver(raw, to)

    def _references(self, address: str, message_id: str) -> str:
        mine = self.inbox_of(address.rpartition("<")[2].strip(">"))
        older = next((one.references for one in mine if one.message_id == message_id), "")
        return f"{older} {message_id}".strip()


def received(raw: bytes) -> Received:
    """Return a raw mail as a mail program shows it, read by the standard library alone."""
    mail = message_from_bytes(raw, policy=policy.default)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return Received(
        message_id=str(mail["Message-ID"] or "").strip(),
        sender=str(mail["From"] or ""),
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        text=str(plain.get_content()) if plain is not None else "",
        html=str(html.get_content()) if html is not None else "",
        in_reply_to=str(mail["In-Reply-To"] or "").strip(),
        references=str(mail["References"] or "").strip(),
        headers={name.lower(): str(value) for name, value in mail.items()},
        files=tuple(
            (one.get_filename() or "", one.get_content_type(), _content(one))
            for one in mail.iter_attachments()
        ),
    )


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
