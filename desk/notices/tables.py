"""Tables of notices: what an agent should know, and how he wants to hear of it."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from desk.db.types import BigId, Instant, Json, id_column, metadata

_UNSEEN = text("seen_at IS NULL")

notices = Table(
    "notices",
    metadata,
    id_column(),
    Column("agent_id", BigId, ForeignKey("agents.id"), nullable=False),
    Column("case_id", BigId, ForeignKey("cases.id")),
    Column("kind", Text, nullable=False),  # see desk.notices.rules.Kind
    Column("detail", Text, nullable=False),  # what it says besides: a text, an inbox, an address
    Column("by", Text, nullable=False),  # who caused it, "" for nobody
    Column("times", Integer, nullable=False),  # the same again while unseen
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant),
    Column("lettered_at", Instant),  # told by letter
    Index("ix_notices_agent_id_at", "agent_id", "at", "id"),
    Index(
        "ix_notices_unseen",
        "agent_id",
        "case_id",
        "kind",
        sqlite_where=_UNSEEN,
        postgresql_where=_UNSEEN,
    ),
    Index("ix_notices_at", "at"),
)

notice_wishes = Table(  # of an agent; no row: the defaults of desk.notices.queries.Wishes
    "notice_wishes",
    metadata,
    Column("agent_id", BigId, ForeignKey("agents.id"), primary_key=True),
    Column("letters", Boolean, nullable=False),
    Column("muted", Json, nullable=False),  # kinds that come by no letter
    Column("quiet_from", Text, nullable=False),  # "22:00", with `quiet_to`; "": never
    Column("quiet_to", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("unreachable", Text, nullable=False),  # why his address takes no mail; "": it does
)
