"""Every read of the journal."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, func, select, text

from desk.arrivals.packing import unpacked
from desk.arrivals.tables import arrivals, channel_states, transcript_lines
from desk.kit.errors import NotFound
from desk.ports.channel import TranscriptLine


class Aside(StrEnum):
    """Why an arrival needs a person."""

    QUARANTINED = "quarantined"  # it could not be recorded
    UNMATCHED = "unmatched"  # a report about a message that nobody here sent
    BLOCKED = "blocked"  # of somebody who is not heard any more


class AsideView(Struct, frozen=True, kw_only=True):
    """An arrival that was set aside, without its payload."""

    id: int
    inbox: str
    state: str
    tries: int
    reason: str
    size_bytes: int
    received_at: datetime


class ArrivalView(Struct, frozen=True, kw_only=True):
    """One journalled payload; `raw` as it came."""

    id: int
    inbox: str
    order_key: str
    raw: bytes
    state: str
    tries: int
    reason: str
    received_at: datetime


def fetch(c: Connection, arrival_id: int) -> ArrivalView:
    """Return one arrival. Raises NotFound."""
    found = fetch_many(c, [arrival_id])
    if not found:
        raise NotFound("There is no such arrival.")
    return found[0]


def fetch_many(c: Connection, arrival_ids: Sequence[int]) -> list[ArrivalView]:
    """Return arrivals by id, in order of arrival."""
    columns = [arrivals.c[name] for name in (*ArrivalView.__struct_fields__, "packing")]
    rows = c.execute(select(*columns).where(arrivals.c.id.in_(arrival_ids)).order_by(arrivals.c.id))
    return [_view(row) for row in rows]


def set_aside(
    c: Connection,
    state: Aside = Aside.QUARANTINED,
    *,
    before_id: int | None = None,
    limit: int = 50,
) -> list[AsideView]:
    """Return arrivals that were set aside, the newest first, a page at a time by id."""
    columns = [arrivals.c[name] for name in AsideView.__struct_fields__ if name != "size_bytes"]
    size = func.coalesce(arrivals.c.size_bytes, func.length(arrivals.c.raw)).label("size_bytes")
    # The state stands in the words of the partial indexes.
    query = select(*columns, size).where(text(f"state = '{state.value}'"))
    if before_id is not None:
        query = query.where(arrivals.c.id < before_id)
    rows = c.execute(query.order_by(arrivals.c.id.desc()).limit(limit))
    return [AsideView(**row._mapping) for row in rows]


def count_aside(c: Connection, state: Aside) -> dict[str, int]:
    """Return how many arrivals are set aside, by inbox; inboxes with none are left out."""
    query = select(arrivals.c.inbox, func.count()).where(text(f"state = '{state.value}'"))
    return {inbox: count for inbox, count in c.execute(query.group_by(arrivals.c.inbox))}


def _view(row: Row[Any]) -> ArrivalView:
    fields = dict(row._mapping)
    packing = fields.pop("packing")
    return ArrivalView(**{**fields, "raw": unpacked(row.raw, packing)})


def load_state(c: Connection, inbox: str, key: str) -> bytes | None:
    """Return a channel's own value, if it saved one."""
    where = (channel_states.c.inbox == inbox, channel_states.c.key == key)
    return c.execute(select(channel_states.c.value).where(*where)).scalar_one_or_none()


def transcript(
    c: Connection, inbox: str, thread: str, after_seq: int, limit: int
) -> list[TranscriptLine]:
    """Return the lines of a conversation after `after_seq`, in order."""
    rows = c.execute(
        select(
            transcript_lines.c.seq,
            transcript_lines.c.key,
            transcript_lines.c.at,
            transcript_lines.c.body,
        )
        .where(
            transcript_lines.c.inbox == inbox,
            transcript_lines.c.thread == thread,
            transcript_lines.c.seq > after_seq,
        )
        .order_by(transcript_lines.c.seq)
        .limit(limit)
    )
    return [TranscriptLine(*row) for row in rows]
