"""Tables of messages: what was said to and by customers, notes, files, deliveries."""

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
    text,
)

from desk.db.types import BigId, Instant, Json, id_column, metadata

messages = Table(
    "messages",
    metadata,
    id_column(),
    Column("public_id", Text, nullable=False, unique=True),
    Column("case_id", BigId, nullable=False),  # cases is a floor above: no foreign key from here
    Column("identity_id", BigId, ForeignKey("identities.id"), nullable=False, index=True),
    Column("inbox", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("author", Text, nullable=False),  # customer | agent | bot | system
    Column("agent_id", BigId, ForeignKey("agents.id")),
    Column("text", Text, nullable=False),  # inbound: plain; ours: Markdown
    Column("html", Text),
    Column("full_text", Text),
    Column("subject", Text),
    Column("thread", Text, nullable=False),
    Column("in_reply_to", Text),
    Column("choices", Json, nullable=False),
    Column("automation", Text),
    Column("genuine", Boolean),  # the mail server vouches for the sender, or warns
    Column("remarks", Json),  # what a reader should know: [{code, detail}]; null: nothing
    Column("recipients", Json),  # addressed besides: of ours, who gets a copy; null: nobody
    Column("trace", Json),  # why it is where it is: [{code, words}]; null: nothing to tell
    Column("client_id", Text, unique=True),  # idempotency key of whoever wrote it through the API
    Column("arrival_id", BigId),
    Column("sent_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("edited_at", Instant),
    Column("deleted_at", Instant),
    Index("ix_messages_case_id_id", "case_id", "id"),
    Index(
        "ix_messages_in_reply_to",
        "inbox",
        "in_reply_to",
        sqlite_where=text("in_reply_to IS NOT NULL"),
        postgresql_where=text("in_reply_to IS NOT NULL"),
    ),
    Index(
        "ix_messages_inbox_thread",
        "inbox",
        "thread",
        "id",
        sqlite_where=text("thread <> ''"),
        postgresql_where=text("thread <> ''"),
    ),
)

external_ids = Table(
    "external_ids",
    metadata,
    Column("inbox", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("message_id", BigId, ForeignKey("messages.id"), nullable=False, index=True),
)

attachments = Table(
    "attachments",
    metadata,
    id_column(),
    Column("public_id", Text, nullable=False, unique=True),
    Column("message_id", BigId, ForeignKey("messages.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("mime", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("blob", Text, index=True),  # None: could not be fetched; `problem` says why
    Column("problem", Text, nullable=False),
    Column("content_id", Text),
    Column("inline", Boolean, nullable=False),
    Column("picture", Text),  # its type by its bytes, when browsers can show it
    Column("risk", Text),  # why to open it with care: see desk.kit.filetypes
)

message_versions = Table(
    "message_versions",
    metadata,
    id_column(),
    Column("message_id", BigId, ForeignKey("messages.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("html", Text),
    Column("replaced_at", Instant, nullable=False),
)

reactions = Table(
    "reactions",
    metadata,
    Column("message_id", BigId, ForeignKey("messages.id"), primary_key=True),
    Column("by", Text, primary_key=True),  # customer:IDENTITY or agent:ID
    Column("emoji", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    id_column(),
    Column("public_id", Text, nullable=False, unique=True),  # the idempotency key outside
    Column("message_id", BigId, ForeignKey("messages.id"), nullable=False),
    Column("identity_id", BigId, ForeignKey("identities.id"), nullable=False),
    Column("inbox", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("state", Text, nullable=False),  # see desk.messages.rules.DeliveryState
    Column("attempts", Integer, nullable=False),
    Column("external_id", Text),
    Column("reason", Text, nullable=False),
    Column("plain", Boolean, nullable=False),
    Column("detached", Boolean, nullable=False),  # sent without the message it answered
    Column("sent_blob", Text),  # the bytes handed over last, where the channel keeps them
    Column("queued_at", Instant, nullable=False),
    Column("retry_at", Instant),
    Column("settled_at", Instant),
    UniqueConstraint("message_id", "identity_id", "part"),
    Index("ix_deliveries_inbox_external_id", "inbox", "external_id"),
)

letters = Table(  # live messages that were sent again as a letter, unread
    "letters",
    metadata,
    Column("message_id", BigId, ForeignKey("messages.id"), primary_key=True),
    Column("letter_id", BigId, ForeignKey("messages.id"), nullable=False),
    Column("identity_id", BigId, ForeignKey("identities.id"), nullable=False),
    Column("written_at", Instant, nullable=False),
    Index("ix_letters_identity_id_written_at", "identity_id", "written_at"),
)

notes = Table(
    "notes",
    metadata,
    id_column(),
    Column("public_id", Text, nullable=False, unique=True),
    Column("case_id", BigId, nullable=False),
    Column("agent_id", BigId, ForeignKey("agents.id")),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("client_id", Text, unique=True),
    Column("created_at", Instant, nullable=False),
    Index("ix_notes_case_id_id", "case_id", "id"),
)
