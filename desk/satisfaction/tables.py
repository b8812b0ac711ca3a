"""Tables of ratings: one per episode that a customer was asked about, and who wants none."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from desk.db.types import BigId, Instant, id_column, metadata

_GIVEN = text("score IS NOT NULL")

ratings = Table(
    "ratings",
    metadata,
    id_column(),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("identity_id", BigId, ForeignKey("identities.id"), nullable=False, index=True),
    Column("agent_id", BigId, ForeignKey("agents.id")),  # who had the case when it was asked
    Column("team_id", BigId, ForeignKey("teams.id")),  # of that agent, then
    Column("queue_id", BigId, ForeignKey("queues.id"), nullable=False),
    Column("inbox", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("message_id", BigId, ForeignKey("messages.id"), nullable=False, unique=True),
    Column("asked_at", Instant, nullable=False, index=True),
    Column("expires_at", Instant, nullable=False),
    Column("score", Integer),  # 1 to 5; null: no answer yet
    Column("comment", Text, nullable=False),
    Column("answered_at", Instant),  # when the first score came
    Column("followed_up_at", Instant),  # a supervisor has looked after a low one
    Column("followed_up_by", BigId, ForeignKey("agents.id")),
    UniqueConstraint("case_id", "episode"),
    Index(
        "ix_ratings_answered_at",
        "answered_at",
        "id",
        sqlite_where=_GIVEN,
        postgresql_where=_GIVEN,
    ),
)

rating_refusals = Table(  # handles whose owner does not want to be asked
    "rating_refusals",
    metadata,
    Column("identity_id", BigId, ForeignKey("identities.id"), primary_key=True),
    Column("refused_at", Instant, nullable=False),
)
