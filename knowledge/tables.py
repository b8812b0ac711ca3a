"""Tables of knowledge: articles with their versions, suggestions, what solved cases taught."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from desk.db.types import BigId, Instant, Json, id_column, metadata

categories = Table(
    "categories",
    metadata,
    id_column(),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    UniqueConstraint("language", "slug"),
)

articles = Table(
    "articles",
    metadata,
    id_column(),
    Column("public_id", Text, nullable=False, unique=True),
    Column("slug", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("short_answer", Text, nullable=False),  # what the bot says; plain, a sentence or two
    Column("body_md", Text, nullable=False),
    Column("body_html", Text, nullable=False),  # made from body_md when it was written, sanitised
    Column("state", Text, nullable=False),  # draft | published | archived
    Column("visibility", Text, nullable=False),  # public | internal
    Column("version", Integer, nullable=False),
    Column("category_id", BigId, ForeignKey("categories.id"), nullable=False, index=True),
    Column("phrases", Json, nullable=False),  # other ways to ask for it
    Column("source_path", Text),  # the file it is imported from; None: written here
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("language", "slug"),
)

article_versions = Table(
    "article_versions",
    metadata,
    Column("article_id", BigId, ForeignKey("articles.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("short_answer", Text, nullable=False),
    Column("body_md", Text, nullable=False),
    Column("phrases", Json, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", BigId),
    Column("at", Instant, nullable=False),
)

suggestions = Table(
    "suggestions",
    metadata,
    id_column(),
    Column("case_id", BigId, ForeignKey("cases.id"), nullable=False),
    Column("message_id", BigId, ForeignKey("messages.id"), nullable=False),
    Column("article_id", BigId, ForeignKey("articles.id"), nullable=False, index=True),
    Column("rank", Integer, nullable=False),  # 1 is the best
    Column("score", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("words", Json, nullable=False),  # of the question, found in the article
    Column("shown_to", Text, nullable=False),  # agent | customer
    Column("outcome", Text),  # None | used | helpful | not_helpful | ignored
    Column("at", Instant, nullable=False),
    UniqueConstraint("message_id", "article_id", "shown_to"),
    Index("ix_suggestions_case_id_message_id", "case_id", "message_id"),
)

examples = Table(
    "examples",
    metadata,
    id_column(),
    Column("article_id", BigId, ForeignKey("articles.id"), nullable=False, index=True),
    Column("message_id", BigId, ForeignKey("messages.id"), nullable=False),
    Column("text", Text, nullable=False),  # without addresses and numbers
    Column("at", Instant, nullable=False),
    UniqueConstraint("article_id", "message_id"),
)

article_feedback = Table(
    "article_feedback",
    metadata,
    id_column(),
    Column("article_id", BigId, ForeignKey("articles.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("helped", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)

search_log = Table(
    "search_log",
    metadata,
    id_column(),
    Column("query", Text, nullable=False),  # without addresses and numbers
    Column("language", Text),
    Column("results", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)

# One row: every change of what can be found gives it a new value, holding the row until it
# commits, so that a process whose copy carries the same value knows that it has missed nothing.
generations = Table(
    "knowledge_generations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("generation", Text, nullable=False),
)
