"""Insert unless it is there already: the same on both engines."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite


def insert_new(
    c: Connection, table: Table, values: Mapping[str, Any], unique: Sequence[str]
) -> bool:
    """Insert `values` and return True, or return False when a row has the same `unique` columns."""
    insert = insert_sqlite if c.dialect.name == "sqlite" else insert_postgresql
    statement = insert(table).values(**values).on_conflict_do_nothing(index_elements=unique)
    return c.execute(statement).rowcount == 1


def insert_new_id(
    c: Connection, table: Table, values: Mapping[str, Any], unique: Sequence[str]
) -> int | None:
    """Insert `values` and return the new row's id, or None when the row was there."""
    insert = insert_sqlite if c.dialect.name == "sqlite" else insert_postgresql
    statement = (
        insert(table)
        .values(**values)
        .on_conflict_do_nothing(index_elements=unique)
        .returning(table.c.id)
    )
    found: int | None = c.execute(statement).scalar_one_or_none()
    return found


def put(c: Connection, table: Table, values: Mapping[str, Any], unique: Sequence[str]) -> None:
    """Insert `values`, or overwrite the row that has the same `unique` columns."""
    insert = insert_sqlite if c.dialect.name == "sqlite" else insert_postgresql
    statement = insert(table).values(**values)
    rest = {name: statement.excluded[name] for name in values if name not in unique}
    c.execute(statement.on_conflict_do_update(index_elements=unique, set_=rest))
