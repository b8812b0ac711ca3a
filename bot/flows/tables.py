"""The table of flow places: where each customer stands in a talk with the bot."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text

from desk.db.types import BigId, Instant, Json, metadata

flow_places = Table(
    "flow_places",
    metadata,
    Column("case_id", BigId, ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    Column("flow", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("answers_given", Integer, nullable=False),
    Column("clarifications", Integer, nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
