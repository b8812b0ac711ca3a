"""Table of privacy requests: an archive to be made, or a person to be erased."""

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from desk.db.types import BigId, Instant, Json, id_column, metadata

privacy_requests = Table(
    "privacy_requests",
    metadata,
    id_column(),
    Column("kind", Text, nullable=False),  # archive | erasure
    Column("customer_id", BigId, ForeignKey("customers.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),  # as it was asked for; "" once he is erased
    Column("agent_id", BigId, ForeignKey("agents.id"), nullable=False),
    Column("state", Text, nullable=False),  # waiting | working | done | cancelled
    Column("asked_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("step", Text, nullable=False),  # of an erasure under way: see actions.STEPS
    Column("after", BigInteger, nullable=False),  # how far that step is
    Column("left", Json, nullable=False),  # what the steps need to know; {} once it is done
    Column("counts", Json, nullable=False),  # what was erased, or is in the archive
    Column("blob", Text),  # the archive, until it runs out
    Column("expires_at", Instant),
)
