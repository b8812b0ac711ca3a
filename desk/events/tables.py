"""The event log, the cursors of its readers, and what they had to leave out."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Table, Text

from desk.db.types import BigId, Instant, Json, id_column, metadata

events = Table(
    "events",
    metadata,
    Column("seq", BigId, Identity(), primary_key=True),
    Column("xid", BigInteger, nullable=False),  # the writing transaction on PostgreSQL, else 0
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("case_id", BigInteger),
    Column("customer_id", BigInteger),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", BigInteger),
    Column("body", Json, nullable=False),
    Index("ix_events_order", "xid", "seq"),
    Index("ix_events_case", "case_id", "seq"),
    Index("ix_events_customer", "customer_id", "seq"),
    sqlite_autoincrement=True,  # a purged log must not hand out old numbers again
)

cursors = Table(
    "cursors",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("xid", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),  # failures of the next event
)

events_skipped = Table(
    "events_skipped",
    metadata,
    id_column(),
    Column("reader", Text, nullable=False),
    Column("xid", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)
