"""The table of routing decisions: each with everyone who was considered, and the reason."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text

from desk.db.types import BigId, Instant, Json, id_column, metadata

routing_decisions = Table(
    "routing_decisions",
    metadata,
    id_column(),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    Column("queue_id", BigId, nullable=False),
    Column("agent_id", BigId, ForeignKey("agents.id")),  # null: nobody could take it
    Column("at", Instant, nullable=False),
    Column("trigger", String(16), nullable=False),  # desk.routing.rules.Trigger
    Column("candidates", Json, nullable=False),  # desk.routing.rules.Judged, best first
    Column("sentence", Text, nullable=False),
    Column("won", Boolean, nullable=False),  # the case was still free when we claimed it
    Index("ix_routing_decisions_case_id_id", "case_id", "id"),
)
