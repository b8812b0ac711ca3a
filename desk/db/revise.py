"""Writes the next migration: `python -m desk.db.revise "What changed" [URL]`.

Compares the tables of all rooms with what the migrations make of an empty database, and writes
the difference into desk/db/migrations/versions/NNNN_*.py, to be read and committed. The URL is
of an empty PostgreSQL database, which knows more types; without one a scratch SQLite file is
used. To make the last migration anew, delete its file and run this again. tests/contracts/
test_migrations.py fails as long as tables and migrations differ.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from desk.db.migrate import alembic_config, revisions, upgrade, with_connection


def revise(connection: Connection, message: str) -> None:
    """Write the migration that leads from the last one to the tables as they are now."""
    from alembic import command

    upgrade(connection)
    number = f"{int(revisions()[-1]) + 1:04}"
    config = alembic_config(connection, compare=True)
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    command.revision(config, message, autogenerate=True, rev_id=number)


def check(connection: Connection) -> None:
    """Raise alembic.util.CommandError when the tables differ from the migrations."""
    from alembic import command

    command.check(alembic_config(connection, compare=True))


def main(arguments: list[str]) -> int:
    """Write a migration; return the exit code."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        url = arguments[1] if len(arguments) == 2 else str(Path(folder, "scratch.db"))
        with_connection(url, partial(revise, message=arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
