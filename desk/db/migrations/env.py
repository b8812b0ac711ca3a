"""What Alembic runs: our metadata against the connection it was handed."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeEngine

from desk.db.schema import all_tables

FULL_TEXT = "fulltext_"  # full-text tables differ by engine and are written by hand


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    return not (kind == "table" and (name or "").startswith(FULL_TEXT))


def _same_type(
    _context: Any, _inspected: Any, _column: Any, found: TypeEngine[Any], meant: TypeEngine[Any]
) -> bool | None:
    """SQLite has five types: there a type that compiles to the same name is the same."""
    dialect = context.get_bind().dialect
    if dialect.name != "sqlite":
        return None
    return found.compile(dialect) != meant.compile(dialect)


def _written(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types as `desk.db.types` has them."""
    if kind == "type" and type(thing).__module__ == "desk.db.types":
        return f"desk.db.types.{type(thing).__name__}()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=all_tables() if context.config.attributes.get("compare") else None,
    render_as_batch=connection.dialect.name == "sqlite",
    include_name=_is_ours,
    compare_type=_same_type,
    render_item=_written,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
