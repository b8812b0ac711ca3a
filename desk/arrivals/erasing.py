"""Taking a person out of the journal: payloads, channel states, transcripts. Safe to repeat."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, select, tuple_, update

from desk.arrivals.packing import unpacked
from desk.arrivals.tables import arrivals, channel_states, transcript_lines

_ASIDE = ("quarantined", "blocked", "unmatched", "discarded", "ignored")
_GONE = {"raw": b"", "packing": None, "size_bytes": 0, "order_key": "", "reason": "Erased."}


def erase_payloads(c: Connection, arrival_ids: Collection[int]) -> int:
    """Forget what came in; its key stays, so that it cannot come in again. Return how many."""
    mine = (arrivals.c.id.in_(arrival_ids), arrivals.c.size_bytes != 0)
    return c.execute(update(arrivals).where(*mine).values(**_GONE)).rowcount


def naming(
    c: Connection, names: Sequence[bytes], after: int, limit: int
) -> tuple[list[int], int | None]:
    """Return which payloads that are in no case name somebody, and where to go on (None: done)."""
    rows = c.execute(
        select(arrivals.c.id, arrivals.c.raw, arrivals.c.packing)
        .where(arrivals.c.id > after, arrivals.c.state.in_(_ASIDE))
        .order_by(arrivals.c.id)
        .limit(limit)
    ).all()
    found = [row.id for row in rows if _names(unpacked(row.raw, row.packing), names)]
    return found, rows[-1].id if len(rows) == limit else None


def erase_transcripts(c: Connection, threads: Collection[str]) -> int:
    """Forget the lines of these conversations."""
    lines = delete(transcript_lines).where(transcript_lines.c.thread.in_(threads))
    return c.execute(lines).rowcount


def erase_states(
    c: Connection, names: Sequence[bytes], after: tuple[str, str], limit: int
) -> tuple[str, str] | None:
    """Forget a channel's own values about somebody; return where to go on (None: done)."""
    key = tuple_(channel_states.c.inbox, channel_states.c.key)
    rows = c.execute(
        select(channel_states)
        .where(key > tuple_(*after))
        .order_by(channel_states.c.inbox, channel_states.c.key)
        .limit(limit)
    ).all()
    for row in rows:
        about = any(row.key.encode().endswith(b":" + name) for name in names)
        if about or (":" in row.key and _names(row.value, names)):
            where = (channel_states.c.inbox == row.inbox, channel_states.c.key == row.key)
            c.execute(delete(channel_states).where(*where))
    return (rows[-1].inbox, rows[-1].key) if len(rows) == limit else None


def _names(raw: bytes, names: Sequence[bytes]) -> bool:
    lower = raw.lower()
    return any(name in lower for name in names)
