"""A database with every table, as the rooms declare them today."""

from sqlalchemy import Connection

from desk.db.migrate import upgrade, with_connection
from desk.db.schema import all_tables

SEARCH = "0001"  # the one migration whose tables are not in the metadata


def create_schema(url: str) -> None:
    """Make every table in the empty database behind `url`. Blocks; call it outside a loop."""
    with_connection(url, _create)


def _create(connection: Connection) -> None:
    upgrade(connection, SEARCH)
    all_tables().create_all(connection, checkfirst=False)
