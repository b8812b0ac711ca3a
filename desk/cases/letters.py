"""A letter of the desk to who talks with it live: where it goes, and what is kept of it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, update

from desk.cases.tables import cases
from desk.customers import actions as customers
from desk.customers import queries as people
from desk.customers.queries import IdentityView
from desk.db.upsert import insert_new
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.facts import ReplyWritten
from desk.kit.text import shorten
from desk.messages import actions as messages
from desk.messages import deliveries
from desk.messages.actions import Place, Written
from desk.messages.tables import letters
from desk.ports.messages import Assurance, Sender


class Address(Struct, frozen=True):
    """The identity that a letter goes to."""

    id: int
    proved: bool  # one of his own; False: only what he typed


def address_of(c: Connection, reader: IdentityView, channel: str, now: datetime) -> Address | None:
    """Return where letters to `reader` go: a proved address of his, else the one he typed.

    A typed one is a customer of its own until somebody says that they are one.
    """
    for one in people.identities_of(c, reader.customer_id):
        if one.channel == channel and one.may_be_told:
            return Address(one.id, proved=True)
    typed = reader.profile.get("email", "").strip().casefold()
    if "@" not in typed[1:-1]:
        return None
    sender = Sender(address=typed, email=typed, assurance=Assurance.NONE)
    known = customers.identify(c, channel, sender, actor=SYSTEM, now=now)
    found = people.identity(c, known.identity_id)
    return Address(found.id, proved=False) if found.may_be_told else None


def send(c: Connection, letter: Written, place: Place, *, preview: str, now: datetime) -> int:
    """Write a letter of the desk in a case, queue it, and return its message."""
    message_id = messages.write(c, letter, place, now=now)
    deliveries.queue(c, message_id, place, now=now)
    fact = ReplyWritten(message_id=message_id, author="system", inbox=place.inbox)
    log.append(c, fact, now=now, actor=SYSTEM, case_id=place.case_id)
    shown = {"last_message_at": now, "preview": shorten(preview, 140)}
    c.execute(update(cases).where(cases.c.id == place.case_id).values(**shown))
    return message_id


def remember(
    c: Connection, sent: Sequence[tuple[int, int]], letter_id: int, *, now: datetime
) -> None:
    """Keep which live messages, of which reader, a letter repeats: none is repeated unasked."""
    for message_id, identity_id in sent:
        row = {"message_id": message_id, "letter_id": letter_id}
        insert_new(
            c, letters, row | {"identity_id": identity_id, "written_at": now}, ["message_id"]
        )


def quoted(text: str) -> str:
    """Return Markdown as a quotation."""
    return "\n".join(f"> {line}" for line in text.splitlines())
