"""A named reader of the event log: every event handled once in the database, whatever dies."""

from collections.abc import Callable
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from desk.db.engine import Database, is_passing
from desk.db.units import attempt
from desk.db.upsert import insert_new
from desk.db.watch import watch
from desk.events import log
from desk.events.log import START, Cursor, Event
from desk.events.tables import cursors, events_skipped
from desk.kit.clock import Clock
from desk.kit.log import get

BATCH = 100
TRIES = 3
POLL_S = 5.0  # looks at least so often: a bell can get lost between processes
AGAIN_S = 0.2  # between the tries of an event that fails
UNSETTLED_S = 0.05  # an older transaction still runs, so that nothing may be shown yet
OTHERS_S = 0.5  # another process has this reader at the moment

Handle = Callable[[Connection, Event], None]

_log = get(part="events")


class From(StrEnum):
    """Where a reader begins that has never read before."""

    BEGINNING = "beginning"
    NOW = "now"


async def follow(
    db: Database, name: str, handle: Handle, *, clock: Clock, start: From = From.BEGINNING
) -> None:
    """Hand every event to `handle`, in order, until cancelled.

    `handle` runs in the unit that moves the cursor, so its changes happen exactly once, however
    often a process dies. Any number of processes may follow under one name: one at a time does.
    An event that `handle` fails at three times goes into events_skipped with its reason, and the
    next one follows.
    """

    async def look() -> float:
        cursor = await db.read(log.load_cursor, name)
        if cursor is None:
            await db.write(begin, name, start)
        elif not await db.read(log.has_news, cursor):
            return POLL_S
        return await db.write(take_batch, name, handle, clock)

    await watch(db.wake.listener(), look, name=f"reader {name}")


def take_batch(c: Connection, name: str, handle: Handle, clock: Clock) -> float:
    """Handle the next events of a reader and move its cursor; return seconds to the next look."""
    place = c.execute(
        select(cursors).where(cursors.c.reader == name).with_for_update(skip_locked=True)
    ).one_or_none()
    if place is None:
        return OTHERS_S
    cursor, tries = Cursor(place.xid, place.seq), place.tries
    batch = log.read(c, cursor, BATCH)
    for event in batch:
        failure = _handled(c, handle, event)
        if failure is not None:
            tries += 1
            _report(name, event, tries, failure)
            if tries < TRIES:
                _move(c, name, cursor, tries)
                return AGAIN_S
            _skip(c, name, event, failure, clock)
        cursor, tries = event.cursor, 0
    _move(c, name, cursor, tries)
    if not batch:
        return UNSETTLED_S
    return 0.0 if len(batch) == BATCH else POLL_S


def begin(c: Connection, name: str, start: From) -> None:
    """Give a new reader its cursor; one that has a cursor keeps it."""
    cursor = log.latest(c) if start is From.NOW else START
    row = {"reader": name, "xid": cursor.xid, "seq": cursor.seq, "tries": 0}
    insert_new(c, cursors, row, ["reader"])


def _handled(c: Connection, handle: Handle, event: Event) -> BaseException | None:
    """Run `handle` in a savepoint; return what it failed with. Raises what a retry may mend."""
    c.exec_driver_sql("SAVEPOINT event")
    _, failure = attempt(handle, c, event)
    if failure is not None:
        if is_passing(failure) or not isinstance(failure, Exception):
            raise failure  # the database is away, or we are asked to end: not the event's fault
        c.exec_driver_sql("ROLLBACK TO SAVEPOINT event")
    c.exec_driver_sql("RELEASE SAVEPOINT event")
    return failure


def _report(name: str, event: Event, tries: int, failure: BaseException) -> None:
    _log.error(
        "event.failed",
        reader=name,
        kind=event.kind,
        cursor=str(event.cursor),
        case=event.case_id,
        tries=tries,
        exc_info=failure,
    )


def _skip(c: Connection, name: str, event: Event, failure: BaseException, clock: Clock) -> None:
    row = {
        "reader": name,
        "xid": event.cursor.xid,
        "seq": event.seq,
        "at": clock.now(),
        "reason": f"{type(failure).__name__}: {failure}"[:2000],
    }
    c.execute(insert(events_skipped).values(row))


def _move(c: Connection, name: str, cursor: Cursor, tries: int) -> None:
    values = {"xid": cursor.xid, "seq": cursor.seq, "tries": tries}
    c.execute(update(cursors).where(cursors.c.reader == name).values(values))
