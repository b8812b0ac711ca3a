"""The table of durable jobs."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, text

from desk.db.types import Instant, Json, id_column, metadata

jobs = Table(
    "jobs",
    metadata,
    id_column(),
    Column("kind", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("order_key", Text, nullable=False),
    Column("key", Text),
    Column("payload", Json, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),  # claims so far; a crash counts too
    Column("lease_until", Instant),
    Column("token", Text),
    UniqueConstraint("kind", "key"),
    Index("ix_jobs_due", "kind", "due_at", "id"),
    Index("ix_jobs_lane", "kind", "lane", "due_at", "id"),
    Index(
        "ix_jobs_leased",
        "kind",
        "lease_until",
        sqlite_where=text("lease_until IS NOT NULL"),
        postgresql_where=text("lease_until IS NOT NULL"),
    ),
    Index("ix_jobs_order", "kind", "order_key", "id"),
    # An id is never used again, so that a late worker cannot finish somebody else's job.
    sqlite_autoincrement=True,
)
