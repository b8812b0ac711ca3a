"""Reading stored payloads anew, after an upgrade that reads better: same messages, other words."""

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import Connection, select, update

from desk.arrivals.packing import unpacked
from desk.arrivals.tables import arrivals
from desk.kit.text import clean
from desk.messages.tables import messages
from desk.ports.messages import InboundMessage


class Stored(Struct, frozen=True):
    """A customer's message and the payload it came in."""

    message_id: int
    raw: bytes


def stored(c: Connection, inbox: str, after: int, limit: int) -> list[Stored]:
    """Return the messages of an inbox above the id `after`, oldest first, with their payloads.

    What its author edited or took back is left out: it is not any more what it came as.
    """
    rows = c.execute(
        select(messages.c.id, arrivals.c.raw, arrivals.c.packing)
        .join(arrivals, arrivals.c.id == messages.c.arrival_id)
        .where(
            messages.c.inbox == inbox,
            messages.c.id > after,
            messages.c.author == "customer",
            messages.c.edited_at.is_(None),
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.id)
        .limit(limit)
    )
    return [Stored(row.id, unpacked(row.raw, row.packing)) for row in rows]


def keep(c: Connection, said: Mapping[int, InboundMessage], *, dry_run: bool = False) -> int:
    """Keep what messages say now, and return how many say something else than before.

    A message that was forwarded is left as it is: its words are the inner one's.
    """
    known = {
        row.id: (row.text, row.html, row.full_text)
        for row in c.execute(select(messages).where(messages.c.id.in_(list(said))))
    }
    changed = 0
    for message_id, message in said.items():
        now = (clean(message.text), _clean(message.html), _clean(message.full_text))
        if message.forwarded is not None or known.get(message_id, now) == now:
            continue
        changed += 1
        if not dry_run:
            values = dict(zip(("text", "html", "full_text"), now, strict=True))
            c.execute(update(messages).where(messages.c.id == message_id).values(**values))
    return changed


def _clean(text: str | None) -> str | None:
    return clean(text) if text is not None else None
