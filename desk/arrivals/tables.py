"""Tables of arrivals: the journal, each inbox's own state, and transcripts of web chat."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from desk.db.types import Instant, id_column, metadata

arrivals = Table(
    "arrivals",
    metadata,
    id_column(),
    Column("inbox", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    Column("order_key", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("packing", Text),  # of `raw`: see packing.py; null: as it came
    Column("size_bytes", BigInteger),  # of the payload as it came; null: of `raw`
    # waiting | recorded | ignored | unmatched | blocked | quarantined | discarded
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("inbox", "dedupe_key"),
    Index(
        "ix_arrivals_quarantined",
        "id",
        sqlite_where=text("state = 'quarantined'"),
        postgresql_where=text("state = 'quarantined'"),
    ),
    Index(
        "ix_arrivals_blocked",
        "id",
        sqlite_where=text("state = 'blocked'"),
        postgresql_where=text("state = 'blocked'"),
    ),
    Index(
        "ix_arrivals_unmatched",
        "id",
        sqlite_where=text("state = 'unmatched'"),
        postgresql_where=text("state = 'unmatched'"),
    ),
)

channel_states = Table(
    "channel_states",
    metadata,
    Column("inbox", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

transcript_lines = Table(
    "transcript_lines",
    metadata,
    id_column(),
    Column("inbox", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("inbox", "thread", "seq"),
    UniqueConstraint("inbox", "thread", "key"),
)
