"""Every write to the journal: accepting, settling, channel state, transcripts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from desk.arrivals.packing import packed
from desk.arrivals.queries import Aside
from desk.arrivals.tables import arrivals, channel_states, transcript_lines
from desk.db import jobs
from desk.db.upsert import insert_new, insert_new_id, put
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.facts import ArrivalQuarantined
from desk.kit.errors import Conflict, NotFound
from desk.kit.text import clean, indexed
from desk.ports.channel import Accepted, Arrival, TranscriptLine

RECORD = "record"  # the kind of job that turns an arrival into a case


def accept(
    c: Connection,
    inbox: str,
    payloads: Sequence[Arrival],
    state: Mapping[str, bytes] | None = None,
    *,
    now: datetime,
) -> list[Accepted]:
    """Journal `payloads`, queue their recording, and keep the channel's own state: one commit.

    A payload we already had is told apart by its dedupe key and changes nothing.
    """
    done = [_accept(c, inbox, payload, now=now) for payload in payloads]
    for key, value in (state or {}).items():
        save_state(c, inbox, key, value, now=now)
    return done


def save_state(c: Connection, inbox: str, key: str, value: bytes | None, *, now: datetime) -> None:
    """Keep a channel's own value (a cursor, a session); None forgets it."""
    if value is None:
        where = (channel_states.c.inbox == inbox, channel_states.c.key == key)
        c.execute(delete(channel_states).where(*where))
        return
    row = {"inbox": inbox, "key": key, "value": value, "saved_at": now}
    put(c, channel_states, row, ["inbox", "key"])


def append_line(
    c: Connection, inbox: str, thread: str, key: str, body: bytes, *, now: datetime
) -> TranscriptLine:
    """Add a line to a transcript under the next number; the same key again returns the first.

    Raises:
        Conflict: too many writers at once on one conversation; run the unit again.
    """
    key = indexed(key)
    of_thread = (transcript_lines.c.inbox == inbox, transcript_lines.c.thread == thread)
    for _ in range(20):
        known = c.execute(
            select(transcript_lines).where(*of_thread, transcript_lines.c.key == key)
        ).one_or_none()
        if known is not None:
            return TranscriptLine(known.seq, known.key, known.at, known.body)
        last = c.execute(select(func.max(transcript_lines.c.seq)).where(*of_thread)).scalar() or 0
        row = {"inbox": inbox, "thread": thread, "seq": last + 1, "key": key, "at": now}
        if insert_new(c, transcript_lines, {**row, "body": body}, ["inbox", "thread", "seq"]):
            return TranscriptLine(last + 1, key, now, body)
    raise Conflict("The conversation is written to from too many places at once; try again.")


def settle(c: Connection, arrival_id: int, state: str, *, now: datetime, reason: str = "") -> None:
    """Record what became of an arrival: recorded or ignored."""
    c.execute(
        update(arrivals)
        .where(arrivals.c.id == arrival_id)
        .values(state=state, reason=reason, settled_at=now)
    )


def note_failure(c: Connection, arrival_id: int, reason: str) -> int:
    """Count one more failed try of an arrival and return how many there were."""
    tries: int = c.execute(
        update(arrivals)
        .where(arrivals.c.id == arrival_id)
        .values(tries=arrivals.c.tries + 1, reason=clean(reason)[:2000])
        .returning(arrivals.c.tries)
    ).scalar_one()
    return tries


def quarantine(c: Connection, arrival_id: int, reason: str, *, now: datetime) -> None:
    """Set an arrival aside with its reason, for an admin; the next one of its thread goes on."""
    inbox = c.execute(
        update(arrivals)
        .where(arrivals.c.id == arrival_id)
        .values(state="quarantined", reason=clean(reason)[:2000], settled_at=now)
        .returning(arrivals.c.inbox)
    ).scalar_one()
    fact = ArrivalQuarantined(arrival_id=arrival_id, inbox=inbox, reason=clean(reason)[:500])
    log.append(c, fact, now=now, actor=SYSTEM)


def replay(c: Connection, arrival_id: int, *, now: datetime) -> None:
    """Try an arrival that was set aside again from the start. Raises NotFound, Conflict."""
    row = c.execute(select(arrivals).where(arrivals.c.id == arrival_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such arrival.")
    if row.state not in (Aside.QUARANTINED, Aside.BLOCKED):
        raise Conflict(f"The arrival is {row.state}: it cannot be tried again.")
    c.execute(update(arrivals).where(arrivals.c.id == arrival_id).values(state="waiting", tries=0))
    _queue(c, row.inbox, row.order_key, arrival_id, now=now)


def discard(c: Connection, arrival_id: int, *, now: datetime) -> None:
    """Give up on an arrival that was set aside; its raw payload stays. Raises Conflict."""
    hit = c.execute(
        update(arrivals)
        .where(arrivals.c.id == arrival_id, arrivals.c.state.in_(list(Aside)))
        .values(state="discarded", settled_at=now)
    )
    if hit.rowcount != 1:
        raise Conflict("Only what was set aside can be discarded.")


def _accept(c: Connection, inbox: str, payload: Arrival, *, now: datetime) -> Accepted:
    order_key = indexed(payload.order_key)
    kept = packed(payload.raw)
    values = {
        "inbox": inbox,
        "dedupe_key": indexed(payload.dedupe_key),
        "order_key": order_key,
        "raw": kept.raw,
        "packing": kept.packing,
        "size_bytes": len(payload.raw),
        "state": "waiting",
        "tries": 0,
        "reason": "",
        "received_at": now,
    }
    arrival_id = insert_new_id(c, arrivals, values, ["inbox", "dedupe_key"])
    if arrival_id is not None:
        _queue(c, inbox, order_key, arrival_id, now=now)
    if payload.line is None:
        return Accepted(arrival_id is not None)
    line = append_line(c, inbox, payload.order_key, payload.dedupe_key, payload.line, now=now)
    return Accepted(arrival_id is not None, line.seq)


def _queue(c: Connection, inbox: str, order_key: str, arrival_id: int, *, now: datetime) -> None:
    order = f"{inbox}:{order_key}" if order_key else ""
    jobs.enqueue(c, RECORD, {"arrival": arrival_id}, due_at=now, lane=inbox, order_key=order)
