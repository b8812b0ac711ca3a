"""Tables of agents: people, teams, accounts, sessions, tokens, sign-in links, failed sign-ins."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from desk.db.types import BigId, Instant, Json, id_column, metadata

agents = Table(
    "agents",
    metadata,
    id_column(),
    Column("public_id", String(36), nullable=False, unique=True),
    Column("email", Text, nullable=False, unique=True),  # folded by rules.fold_email
    Column("name", Text, nullable=False),
    Column("password_hash", Text),  # argon2id; null: cannot sign in by password
    Column("role", String(16), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("presence", String(8), nullable=False),
    Column("presence_reason", Text, nullable=False),
    Column("capacity", Float, nullable=False),  # points; a case takes slots
    Column("languages", Json, nullable=False),  # ["en", "es"], best first
    Column("skills", Json, nullable=False),  # ["billing", …]
    Column("last_assigned_at", Instant),
    Column("created_at", Instant, nullable=False),
)
Index("ix_agents_available", agents.c.presence, agents.c.active)

teams = Table(
    "teams",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", BigId, ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("agent_id", BigId, ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_team_members_agent", "agent_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256; the token is only in the cookie
    Column("public_id", String(36), nullable=False, unique=True),  # names it when revoking
    Column("agent_id", BigId, ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("ip", Text, nullable=False),
    Column("browser", Text, nullable=False),
    Index("ix_sessions_agent", "agent_id"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    id_column(),
    Column("agent_id", BigId, ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),  # ["read"] or ["read", "write"]
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    Index("ix_api_tokens_agent", "agent_id"),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", BigId, ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
)

agent_accounts = Table(  # who an agent is on a network where he works
    "agent_accounts",
    metadata,
    id_column(),
    Column("agent_id", BigId, ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),  # as identities have it
    Column("name", Text, nullable=False),  # there
    Column("linked_at", Instant, nullable=False),
    UniqueConstraint("channel", "address"),
    Index("ix_agent_accounts_agent", "agent_id"),
)

account_links = Table(
    "account_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", BigId, ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", Text, primary_key=True),  # "email:…" or "ip:…"
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Column("locked_until", Instant),
)
