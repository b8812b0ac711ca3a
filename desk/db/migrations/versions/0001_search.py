"""Full-text search: FTS5 on SQLite, tsvector with GIN on PostgreSQL; one table per kind."""

from collections.abc import Sequence

from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

KINDS = ("message", "customer", "article", "case")


def upgrade() -> None:
    """Make an empty index for each kind."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for kind in KINDS:
        for statement in _fts5(kind) if sqlite else _tsvector(kind):
            op.execute(statement)


def _fts5(kind: str) -> list[str]:
    return [
        f"CREATE VIRTUAL TABLE fulltext_{kind} USING fts5("
        "title, phrases, body, language UNINDEXED, "
        "tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')"
    ]


def _tsvector(kind: str) -> list[str]:
    return [
        f"CREATE TABLE fulltext_{kind} (rowid bigint PRIMARY KEY, title text NOT NULL, "
        "phrases text NOT NULL, body text NOT NULL, language text, words tsvector NOT NULL)",
        f"CREATE INDEX ix_fulltext_{kind}_words ON fulltext_{kind} USING gin (words)",
    ]
