"""The event log: appending facts, and reading them in an order that loses none."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    cast,
    func,
    insert,
    literal,
    select,
    true,
    tuple_,
    update,
)

from desk.db.upsert import put
from desk.events.actors import Actor, ActorKind
from desk.events.fact import Fact
from desk.events.facts import FACTS
from desk.events.tables import cursors, events
from desk.kit.errors import Invalid, Unreadable


class Cursor(Struct, frozen=True, order=True):
    """A place in the log: everything up to it, itself included, has been read.

    It travels as text, `xid.seq`. Events are ordered by transaction first: on PostgreSQL
    numbers are handed out before commits happen, so that a reader that asked for `seq` greater
    than the last one seen would miss what commits late (771 of 1,800 with 18 writers).
    """

    xid: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.xid}.{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor that `str` made into `text`. Raises Invalid."""
        xid, _, seq = text.partition(".")
        try:
            return cls(int(xid), int(seq))
        except ValueError as wrong:
            raise Invalid(f"{text!r} is no place in the event log.") from wrong


START = Cursor()


class Event(Struct, frozen=True, kw_only=True):
    """One fact as it happened: when, by whom, about which case and customer."""

    cursor: Cursor
    at: datetime
    kind: str
    version: int
    case_id: int | None
    customer_id: int | None
    actor: Actor
    body: dict[str, Any]

    @property
    def seq(self) -> int:
        """The number of the event, unique in the desk."""
        return self.cursor.seq

    @property
    def fact(self) -> Fact:
        """The fact itself. Raises Unreadable for one that only newer code knows."""
        try:
            return msgspec.convert(self.body, FACTS[self.kind])
        except (KeyError, msgspec.ValidationError) as unknown:
            raise Unreadable(f"Event {self.cursor} is no {self.kind} known here.") from unknown


def append(
    c: Connection,
    fact: Fact,
    *,
    now: datetime,
    actor: Actor,
    case_id: int | None = None,
    customer_id: int | None = None,
) -> int:
    """Write `fact` into the log, in the unit that makes the change; return its number."""
    row = {
        "at": now,
        "kind": str(fact.__struct_config__.tag),
        "version": getattr(type(fact), "VERSION", 1),
        "case_id": case_id,
        "customer_id": customer_id,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "body": fact,
    }
    statement = _APPEND if c.dialect.name == "sqlite" else _APPEND_IN_TRANSACTION
    seq: int = c.execute(statement, row).scalar_one()
    return seq


def transaction_of(c: Connection) -> int:
    """Return the `xid` of events written in this transaction: for who writes many at once."""
    own = _own_transaction(c)
    return own if isinstance(own, int) else c.execute(select(own)).scalar_one()


def read(c: Connection, after: Cursor, limit: int) -> list[Event]:
    """Return up to `limit` events after `after`, in order; none that could still change place.

    On PostgreSQL only transactions below all that are still running are shown: what appears
    later is always further on.
    """
    statement = select(events).where(_is_later(after), _is_settled(c))
    return _events(c, statement.order_by(events.c.xid, events.c.seq).limit(limit))


def has_news(c: Connection, after: Cursor) -> bool:
    """Return whether there is anything after `after`; `read` may show it only a little later."""
    return c.execute(select(events.c.seq).where(_is_later(after)).limit(1)).first() is not None


def latest(c: Connection) -> Cursor:
    """Return the place of the last event that `read` would show, the start when there is none."""
    statement = (
        select(events.c.xid, events.c.seq)
        .where(_is_settled(c))
        .order_by(events.c.xid.desc(), events.c.seq.desc())
        .limit(1)
    )
    last = c.execute(statement).one_or_none()
    return START if last is None else Cursor(last.xid, last.seq)


def of_case(
    c: Connection,
    case_id: int,
    *,
    after_seq: int = 0,
    limit: int = 200,
    kinds: Collection[str] | None = None,
    newest: bool = False,
) -> list[Event]:
    """Return the story of a case, oldest first, from after number `after_seq`.

    `kinds` narrows it to these facts; of a story longer than `limit` it is the beginning, or
    with `newest` the end.
    """
    statement = select(events).where(events.c.case_id == case_id, events.c.seq > after_seq)
    if kinds is not None:
        statement = statement.where(events.c.kind.in_(kinds))
    if newest:
        return _events(c, statement.order_by(events.c.seq.desc()).limit(limit))[::-1]
    return _events(c, statement.order_by(events.c.seq).limit(limit))


def load_cursor(c: Connection, reader: str) -> Cursor | None:
    """Return how far `reader` has read, None when it never did."""
    row = c.execute(select(cursors).where(cursors.c.reader == reader)).one_or_none()
    return None if row is None else Cursor(row.xid, row.seq)


def save_cursor(c: Connection, reader: str, cursor: Cursor) -> None:
    """Keep how far `reader` has read."""
    row = {"reader": reader, "xid": cursor.xid, "seq": cursor.seq, "tries": 0}
    put(c, cursors, row, ["reader"])


def rebase(c: Connection) -> bool:
    """Make a log fit that was restored into a younger PostgreSQL server; True if it had to be.

    There transactions count from the beginning again, so that new events would sort before the
    readers' cursors. Old events and cursors move below zero, in the same order. Run at start.
    """
    if c.dialect.name == "sqlite":
        return False
    highest = c.execute(select(func.max(events.c.xid))).scalar()
    if highest is None or highest < c.execute(select(_bigint(_snapshot("xmax")))).scalar_one():
        return False
    c.execute(update(events).values(xid=events.c.xid - (highest + 1)))
    c.execute(update(cursors).values(xid=cursors.c.xid - (highest + 1)))
    return True


def _is_later(after: Cursor) -> ColumnElement[bool]:
    place = tuple_(literal(after.xid, BigInteger), literal(after.seq, BigInteger))
    return tuple_(events.c.xid, events.c.seq) > place


def _is_settled(c: Connection) -> ColumnElement[bool]:
    if c.dialect.name == "sqlite":
        return true()
    return events.c.xid < _bigint(_snapshot("xmin"))


def _snapshot(edge: str) -> ColumnElement[Any]:
    edges = {"xmin": func.pg_snapshot_xmin, "xmax": func.pg_snapshot_xmax}
    return edges[edge](func.pg_current_snapshot())


def _own_transaction(c: Connection) -> ColumnElement[int] | int:
    return 0 if c.dialect.name == "sqlite" else _bigint(func.pg_current_xact_id())


def _bigint(xid8: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(cast(xid8, Text), BigInteger)  # there is no direct cast


# Made once, since they run for every fact: making a statement takes longer than running it.
_APPEND = insert(events).values(xid=0).returning(events.c.seq)
_APPEND_IN_TRANSACTION = (
    insert(events).values(xid=_bigint(func.pg_current_xact_id())).returning(events.c.seq)
)


def _events(c: Connection, statement: Select[Any]) -> list[Event]:
    return [_event(row) for row in c.execute(statement)]


def _event(row: Row[Any]) -> Event:
    return Event(
        cursor=Cursor(row.xid, row.seq),
        at=row.at,
        kind=row.kind,
        version=row.version,
        case_id=row.case_id,
        customer_id=row.customer_id,
        actor=Actor(ActorKind(row.actor_kind), row.actor_id),
        body=row.body,
    )
