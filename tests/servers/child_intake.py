"""The child of the kill test: a desk that reads a mailbox until all of it is on the record."""

import msgspec
from sqlalchemy import Connection, func, select

from channels.email.config import EmailSettings
from desk.arrivals.tables import arrivals
from tests.contracts.child_paper import live
from tests.servers.mail_desk import MailDesk


def main(arguments: list[str]) -> None:
    """Read mail until `wanted` arrivals are there, and record them all."""
    url, folder, settings, wanted = arguments
    inbox = msgspec.json.decode(settings, type=EmailSettings)

    def is_read(c: Connection) -> bool:
        return (c.scalar(select(func.count()).select_from(arrivals)) or 0) >= int(wanted)

    async def read(desk: MailDesk) -> None:
        await desk.until(is_read, timeout_s=50)

    live(
        url,
        folder,
        read,
        lambda desk: desk.counter.taken > 0,
        lambda db, clock, at: MailDesk(db, clock, at, inbox),
    )
