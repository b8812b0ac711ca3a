"""Tables of cases: the case itself, its episodes, its merges, the counter that numbers them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from desk.db.types import BigId, Instant, Json, id_column, metadata

# Spelled out, not bound: SQLite uses a partial index only for the very words it was made with.
ACTIVE_WHERE = "cases.status NOT IN ('resolved', 'closed')"

cases = Table(
    "cases",
    metadata,
    id_column(),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("public_id", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("customer_id", BigId, ForeignKey("customers.id"), nullable=False),
    Column("queue_id", BigId, ForeignKey("queues.id"), nullable=False),
    Column("assignee_id", BigId, ForeignKey("agents.id")),
    Column("inbox", Text, nullable=False),  # where the customer last wrote
    Column("channel", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("with_bot", Boolean, nullable=False),
    Column("language", Text),
    Column("overheard", Boolean, nullable=False, server_default=false()),  # others read along
    Column("episode", Integer, nullable=False),
    Column("preview", Text, nullable=False),  # first words of the last message
    Column("unanswered_since", Instant),  # the oldest customer message without a human answer
    Column("flag", Text, nullable=False),  # why a person should look: "" or a sentence
    Column("follows_id", BigId, ForeignKey("cases.id")),
    Column("merged_into_id", BigId, ForeignKey("cases.id")),  # all that was said here is there
    Column("snoozed_until", Instant),
    Column("snooze_keeps", Boolean, nullable=False, server_default=false()),  # whoever writes
    Column("tags", Json, nullable=False, server_default="[]"),  # as case_tags has them, by name
    Column("opened_at", Instant, nullable=False),
    Column("first_reply_at", Instant),
    Column("last_message_at", Instant, nullable=False),
    Column("last_inbound_at", Instant),
    Column("resolved_at", Instant),
    Column("closed_at", Instant),
    Column("assigned_at", Instant),
    Index("ix_cases_customer_id_id", "customer_id", "id"),
    Index(
        "ix_cases_active",
        "last_message_at",
        "id",
        sqlite_where=text("status NOT IN ('resolved', 'closed')"),
        postgresql_where=text("status NOT IN ('resolved', 'closed')"),
    ),
    Index(
        "ix_cases_snoozed",
        "last_message_at",
        "id",
        sqlite_where=text("snoozed_until IS NOT NULL"),
        postgresql_where=text("snoozed_until IS NOT NULL"),
    ),
    Index("ix_cases_status_last_message_at_id", "status", "last_message_at", "id"),
    Index("ix_cases_queue_id_status", "queue_id", "status", "last_message_at", "id"),
    Index("ix_cases_assignee_id_status", "assignee_id", "status", "last_message_at", "id"),
)

case_tags = Table(
    "case_tags",
    metadata,
    Column("case_id", BigId, ForeignKey("cases.id"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Index("ix_case_tags_tag_case_id", "tag", "case_id"),
)

macros = Table(
    "macros",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    Column("text", Text, nullable=False),  # Markdown with {names}: see macros.NAMES
    Column("tags", Json, nullable=False),  # put on the case it is used in
    Column("agent_id", BigId, ForeignKey("agents.id")),  # who changed it last
    Column("changed_at", Instant, nullable=False),
)

episodes = Table(
    "episodes",
    metadata,
    id_column(),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("first_reply_at", Instant),
    Column("resolved_at", Instant),
    UniqueConstraint("case_id", "episode"),
)

case_moves = Table(  # a merge or a split: nothing is lost by either, both can be taken back
    "case_moves",
    metadata,
    id_column(),
    Column("kind", Text, nullable=False),  # merge | split
    Column("from_id", BigId, ForeignKey("cases.id"), nullable=False, index=True),
    Column("to_id", BigId, ForeignKey("cases.id"), nullable=False, index=True),
    Column("before", Json, nullable=False),  # columns of the case that was merged, as they were
    Column("moved_at", Instant, nullable=False),
    Column("undone_at", Instant),
)

case_moved = Table(  # what a move took along
    "case_moved",
    metadata,
    Column("move_id", BigId, ForeignKey("case_moves.id"), primary_key=True),
    Column("kind", Text, primary_key=True),  # message | note
    Column("row_id", BigId, primary_key=True),
)

no_thanks = Table(  # words that read like thanks, after which an agent reopened all the same
    "no_thanks",
    metadata,
    Column("words", Text, primary_key=True),
    Column("learned_at", Instant, nullable=False),
)

token_uses = Table(  # from how many places a case's address or reference is used
    "token_uses",
    metadata,
    Column("token", Text, primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("used_at", Instant, nullable=False),
)

automatic_answers = Table(
    "automatic_answers",
    metadata,
    id_column(),
    Column("inbox", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False, index=True),
    Column("answered_at", Instant, nullable=False, index=True),
    Index("ix_automatic_answers_sender", "inbox", "address", "answered_at"),
    Index("ix_automatic_answers_domain", "domain", "answered_at"),
)

case_numbers = Table(
    "case_numbers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)
