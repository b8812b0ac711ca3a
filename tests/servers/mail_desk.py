"""A desk with one e-mail inbox: recorder and sender on a real database, mail by real servers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from sqlalchemy import Connection, select

from bot.doors import InboxDoor
from bot.inbound import Recorder
from bot.outbound import Sender
from channels.email.channel import EmailChannel
from channels.email.config import EmailSettings
from desk.db.engine import Database
from desk.kit.clock import Clock
from desk.messages.tables import messages
from desk.ports.channel import Accepted, Arrival
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.channels.email_world import KIT


class CountingDoor(InboxDoor):
    """A door that knows how many arrivals this process has committed."""

    taken = 0

    async def accept(
        self, arrivals: Sequence[Arrival], *, state: Mapping[str, bytes] | None = None
    ) -> list[Accepted]:
        """Journal arrivals as any door does, and count them."""
        accepted = await super().accept(arrivals, state=state)
        self.taken += len(accepted)
        return accepted


class MailDesk(PaperDesk):
    """A paper desk whose one inbox is an e-mail address."""

    def __init__(self, db: Database, clock: Clock, folder: Path, settings: EmailSettings) -> None:
        super().__init__(db, clock, folder)
        self.mail = EmailChannel(INBOX, settings, KIT)
        self.door = self.counter = CountingDoor(INBOX, db, self.blobs, clock, self.health.report)
        channels = {INBOX: self.mail}
        self.recorder = Recorder(db, channels, self.blobs, clock)
        self.sender = Sender(db, channels, clock, self.health, Random(1))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Read and send mail while the context is open."""
        async with super().working(), self.mail.run(self.door):
            yield


def texts(c: Connection) -> list[str]:
    """Return what customers wrote, in the order it was recorded."""
    query = select(messages.c.text).where(messages.c.author == "customer")
    return list(c.scalars(query.order_by(messages.c.id)))


def letter(
    number: int, *, sender: str = "", answers: int | None = None, subject: str = ""
) -> bytes:
    """Return a mail that says its number; one that `answers` another is of its thread."""
    sender = sender or f"customer{number}@example.org"
    thread = ""
    if answers is not None:
        thread = f"In-Reply-To: <{answers}@example.org>\r\nReferences: <{answers}@example.org>\r\n"
    return (
        f"From: Customer <{sender}>\r\nTo: support@acme.example\r\n"
        f"Subject: {subject or f'Question {number}'}\r\nMessage-ID: <{number}@example.org>\r\n"
        f"{thread}\r\nline {number}\r\n"
    ).encode()
