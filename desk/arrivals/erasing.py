"""Taking a person out of the journal: payloads, channel states, transcripts. Safe to repeat."""

import re
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, or_, select, tuple_, update

from desk.arrivals.packing import unpacked
from desk.arrivals.tables import arrivals, channel_states, transcript_lines

_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|[nrtbf])")
_GONE = {"raw": b"", "packing": None, "size_bytes": 0, "order_key": "", "reason": "Erased."}


def erase_payloads(c: Connection, arrival_ids: Collection[int]) -> int:
    """Forget what came in; its key stays, so that it cannot come in again. Return how many."""
    kept = or_(arrivals.c.size_bytes.is_(None), arrivals.c.size_bytes != 0)  # null: an old one
    mine = update(arrivals).where(arrivals.c.id.in_(arrival_ids), kept)
    return c.execute(mine.values(**_GONE)).rowcount


def naming(
    c: Connection, handles: Sequence[str], after: int, limit: int
) -> tuple[list[int], int | None]:
    """Return which payloads name somebody, and where to go on (None: done).

    One that waits is left out: what comes of it is somebody new.
    """
    rows = c.execute(
        select(arrivals.c.id, arrivals.c.raw, arrivals.c.packing)
        .where(arrivals.c.id > after, arrivals.c.state != "waiting")
        .order_by(arrivals.c.id)
        .limit(limit)
    ).all()
    named = _pattern(handles)
    found = [row.id for row in rows if named.search(_plain(unpacked(row.raw, row.packing)))]
    return found, rows[-1].id if len(rows) == limit else None


def erase_transcripts(c: Connection, threads: Collection[str]) -> int:
    """Forget the lines of these conversations."""
    lines = delete(transcript_lines).where(transcript_lines.c.thread.in_(threads))
    return c.execute(lines).rowcount


def erase_lines(c: Connection, keys: Collection[str]) -> int:
    """Empty these lines of whatever transcript: the others keep their places. Return how many."""
    mine = update(transcript_lines).where(transcript_lines.c.key.in_(keys))
    return c.execute(mine.values(body=b"{}")).rowcount


def erase_states(
    c: Connection, handles: Sequence[str], after: tuple[str, str], limit: int
) -> tuple[str, str] | None:
    """Forget a channel's own values about somebody; return where to go on (None: done)."""
    key = tuple_(channel_states.c.inbox, channel_states.c.key)
    rows = c.execute(
        select(channel_states)
        .where(key > tuple_(*after))
        .order_by(channel_states.c.inbox, channel_states.c.key)
        .limit(limit)
    ).all()
    named = _pattern(handles)
    for row in rows:
        if ":" in row.key and (named.search(row.key.encode()) or named.search(_plain(row.value))):
            where = (channel_states.c.inbox == row.inbox, channel_states.c.key == row.key)
            c.execute(delete(channel_states).where(*where))
    return (rows[-1].inbox, rows[-1].key) if len(rows) == limit else None


def _pattern(handles: Sequence[str]) -> re.Pattern[bytes]:
    """Return what finds any of these whole: not ada@x.org in bada@x.org or ada@x.org.uk."""
    words = b"|".join(re.escape(one.encode()) for one in handles) or b"(?!)"
    return re.compile(rb"(?<![\w.+-])(?:" + words + rb")(?![\w@-]|\.\w)", re.IGNORECASE)


def _plain(raw: bytes) -> bytes:
    """Return a payload in which the escapes of JSON end a word, as what they stand for does."""
    return _ESCAPE.sub(b" ", raw)
