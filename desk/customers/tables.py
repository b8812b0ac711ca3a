"""Tables of customers: records, identities, merges and their journals, link tokens."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from desk.db.types import BigId, Instant, Json, id_column, metadata

customers = Table(
    "customers",
    metadata,
    id_column(),
    Column("public_id", Text, nullable=False, unique=True),
    Column("name", Text),
    Column("language", Text),
    Column("zone", Text),
    Column("external_id", Text, unique=True),  # the host site's id for him
    Column("merged_into", BigId, ForeignKey("customers.id")),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    id_column(),
    Column("customer_id", BigId, ForeignKey("customers.id"), nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text),
    Column("profile", Json, nullable=False),  # claims: username, email, phone, avatar
    Column("assurance", Text, nullable=False),
    Column("reachable", Boolean, nullable=False),
    Column("unreachable_reason", Text, nullable=False),
    Column("blocked_at", Instant),  # what he writes is set aside, and nobody is told
    Column("shows_images", Boolean),  # remote pictures in his mails are loaded
    Column("complained_at", Instant),  # called a message of ours spam: no automatic ones any more
    Column("language", Text),  # chosen by himself
    Column("quiet_since", Instant),  # asked for nothing automatic; until he writes
    Column("new_asked_at", Instant),  # said that what he writes next is another matter
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    UniqueConstraint("channel", "address"),
)

merges = Table(
    "merges",
    metadata,
    id_column(),
    Column("kept_id", BigId, ForeignKey("customers.id"), nullable=False, index=True),
    Column("merged_id", BigId, ForeignKey("customers.id"), nullable=False, index=True),
    Column("proof", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", BigId),
    Column("merged_at", Instant, nullable=False),
    Column("undone_at", Instant),
)

merge_moves = Table(
    "merge_moves",
    metadata,
    id_column(),
    Column("merge_id", BigId, ForeignKey("merges.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),  # identity | case: the table the moved row is in
    Column("row_id", BigId, nullable=False),
)

customer_keys = Table(  # by what somebody who comes on another channel is found again
    "customer_keys",
    metadata,
    Column("key", Text, primary_key=True),  # see desk.customers.likeness.keys_of
    Column("customer_id", BigId, ForeignKey("customers.id"), primary_key=True, index=True),
)

merge_suggestions = Table(  # who may be one person: for an agent to say
    "merge_suggestions",
    metadata,
    id_column(),
    Column("customer_id", BigId, ForeignKey("customers.id"), nullable=False, index=True),  # came
    Column("other_id", BigId, ForeignKey("customers.id"), nullable=False, index=True),  # was known
    Column("score", Float, nullable=False),
    Column("reasons", Json, nullable=False),
    Column("state", Text, nullable=False),  # open | accepted | dismissed
    Column("suggested_at", Instant, nullable=False),
    UniqueConstraint("customer_id", "other_id"),
)

identity_facts = Table(  # what somebody's words say of him; with its identity it is merged
    "identity_facts",
    metadata,
    id_column(),
    Column("identity_id", BigId, ForeignKey("identities.id"), nullable=False),
    Column("kind", Text, nullable=False),  # phone | title
    Column("value", Text, nullable=False),
    Column("state", Text, nullable=False),  # offered | kept | dropped
    Column("message_id", BigId),  # that says so
    Column("noted_at", Instant, nullable=False),
    UniqueConstraint("identity_id", "kind", "value"),
)

link_tokens = Table(
    "link_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("identity_id", BigId, ForeignKey("identities.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

Index("ix_customers_name", customers.c.name)

blocked_domains = Table(
    "blocked_domains",
    metadata,
    Column("domain", Text, primary_key=True),  # of mail addresses
    Column("blocked_at", Instant, nullable=False),
    Column("agent_id", BigId, nullable=False),
)
