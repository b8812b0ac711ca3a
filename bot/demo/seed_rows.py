"""Rows by the thousand: ids reserved ahead, inserted table by table in one unit."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Table, func, insert, select, text

from desk.cases.tables import cases, episodes
from desk.customers.tables import customers, identities
from desk.db import search
from desk.db.search import Document
from desk.db.types import to_micros
from desk.events import log
from desk.events.actors import Actor
from desk.events.fact import Fact
from desk.events.log import Cursor
from desk.events.tables import events
from desk.messages.tables import deliveries, external_ids, messages, notes
from desk.sla.tables import sla_clocks

_BLOCK = 500  # ids taken at a time on PostgreSQL

# A row comes after those it refers to.
_ORDER = (
    *(customers, identities, cases, episodes, messages, external_ids, deliveries, notes),
    sla_clocks,
)


class Happened(Struct, frozen=True, kw_only=True):
    """An event to be: its number is given once all of a batch are in the order of their times."""

    at: datetime
    fact: Fact
    actor: Actor
    case_id: int | None = None
    customer_id: int | None = None


class Rows:
    """The rows of one batch. Everything in it belongs to one unit of work."""

    def __init__(self, c: Connection, rng: Random) -> None:
        self.rng = rng
        self.happened: list[Happened] = []
        self.documents: dict[str, list[Document]] = defaultdict(list)
        self._c = c
        self._rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self._ids: dict[Table, Iterator[int]] = {}

    def add(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """Add a row and return it; it may be changed until `write`."""
        self._rows[table].append(row)
        return row

    def id(self, table: Table) -> int:
        """Return an id of `table` that nobody else has."""
        if table not in self._ids:
            self._ids[table] = _free_ids(self._c, table)
        return next(self._ids[table])

    def public_id(self, at: datetime) -> str:
        """Return a UUIDv7 for something made at `at`: the same seed makes the same one."""
        bits = self.rng.getrandbits(74)
        time, high, low = to_micros(at) // 1000, bits >> 62, bits & (1 << 62) - 1
        whole = f"{time:012x}7{high:03x}{1 << 63 | low:016x}"
        return "-".join((whole[:8], whole[8:12], whole[12:16], whole[16:20], whole[20:]))

    def write(self) -> Cursor:
        """Insert everything and return the place of the last event."""
        for table in _ORDER:
            if rows := self._rows[table]:
                self._c.execute(insert(table), rows)
        for kind, documents in self.documents.items():
            search.index_new(self._c, kind, documents)
        return self._write_events()

    def _write_events(self) -> Cursor:
        xid = log.transaction_of(self._c)
        self.happened.sort(key=lambda happened: happened.at)
        rows = [self._event(xid, happened) for happened in self.happened]
        self._c.execute(insert(events), rows)
        return Cursor(xid, rows[-1]["seq"])

    def _event(self, xid: int, happened: Happened) -> dict[str, Any]:
        fact, actor = happened.fact, happened.actor
        return {
            "seq": self.id(events),
            "xid": xid,
            "at": happened.at,
            "kind": str(fact.__struct_config__.tag),
            "version": getattr(type(fact), "VERSION", 1),
            "case_id": happened.case_id,
            "customer_id": happened.customer_id,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
            "body": fact,
        }


def _free_ids(c: Connection, table: Table) -> Iterator[int]:
    """Yield ids as the database would hand them out, without inserting."""
    (key,) = table.primary_key.columns
    if c.dialect.name == "sqlite":
        last = c.execute(select(func.max(key))).scalar() or 0
        if table.dialect_options["sqlite"]["autoincrement"]:  # old numbers are not used again
            used = text("SELECT max(seq) FROM sqlite_sequence WHERE name = :table")
            last = max(last, c.execute(used, {"table": table.name}).scalar() or 0)
        while True:
            last += 1
            yield last
    sequence = f"{table.name}_{key.name}_seq"
    block = select(func.nextval(text(f"'{sequence}'::regclass"))).select_from(
        func.generate_series(1, _BLOCK)
    )
    while True:
        yield from c.scalars(block).all()
