"""Insert unless it is there already: the same on both engines."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.sql.expression import ClauseElement


def insert_new(
    c: Connection, table: Table, values: Mapping[str, Any], unique: Sequence[str]
) -> bool:
    """Insert `values` and return True, or return False when a row has the same `unique` columns."""
    statement = _unless_there(table, c.dialect.name, tuple(unique))
    return c.execute(statement, dict(values)).rowcount == 1


def insert_new_id(
    c: Connection, table: Table, values: Mapping[str, Any], unique: Sequence[str]
) -> int | None:
    """Insert `values` and return the new row's id, or None when the row was there."""
    statement = _unless_there_with_id(table, c.dialect.name, tuple(unique))
    found: int | None = c.execute(statement, dict(values)).scalar_one_or_none()
    return found


def put(c: Connection, table: Table, values: Mapping[str, Any], unique: Sequence[str]) -> None:
    """Insert `values`, or overwrite the row that has the same `unique` columns."""
    plain = {name: at for name, at in values.items() if not isinstance(at, ClauseElement)}
    statement = _or_overwrite(table, c.dialect.name, tuple(values), tuple(unique))
    if len(plain) < len(values):
        made = {name: at for name, at in values.items() if name not in plain}
        statement = statement.values(**made)
    c.execute(statement, plain)


# Kept, since they run for every message: making a statement takes longer than running it.


@lru_cache(maxsize=256)
def _unless_there(table: Table, dialect: str, unique: tuple[str, ...]) -> Insert:
    insert = insert_sqlite if dialect == "sqlite" else insert_postgresql
    return insert(table).on_conflict_do_nothing(index_elements=unique)


@lru_cache(maxsize=256)
def _unless_there_with_id(table: Table, dialect: str, unique: tuple[str, ...]) -> Insert:
    return _unless_there(table, dialect, unique).returning(table.c.id)


@lru_cache(maxsize=256)
def _or_overwrite(
    table: Table, dialect: str, names: tuple[str, ...], unique: tuple[str, ...]
) -> Insert:
    insert = insert_sqlite if dialect == "sqlite" else insert_postgresql
    statement = insert(table)
    rest = {name: statement.excluded[name] for name in names if name not in unique}
    return statement.on_conflict_do_update(index_elements=unique, set_=rest)
