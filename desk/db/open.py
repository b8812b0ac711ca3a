"""Which database a URL means; the PostgreSQL engine is imported only when it is asked for."""

from pathlib import Path
from types import ModuleType

from desk.db.engine import Database
from desk.db.sqlite import SqliteDatabase
from desk.kit.errors import DeskError, Invalid

SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://", "postgresql+asyncpg://")


def open_database(url: str, *, connections: int = 10) -> Database:
    """Return the database behind `sqlite:///path`, a plain path or `postgresql://…`.

    Call `desk.db.migrate.migrate` first: this looks at no table. `connections` is the size of
    the PostgreSQL pool of this process.

    Raises:
        DeskError: the file is in use by another process, or the `postgres` extra is missing.
        Invalid: the URL names another kind of database.
    """
    if is_postgres(url):
        database: Database = postgres_module().PostgresDatabase(
            url.replace("postgres://", "postgresql://", 1), connections=connections
        )
        return database
    return SqliteDatabase(sqlite_path(url))


def is_postgres(url: str) -> bool:
    """Whether `url` names a PostgreSQL database."""
    return url.startswith(_POSTGRES)


def sqlite_path(url: str) -> Path:
    """Return the file behind `sqlite:///path` or a plain path; `sqlite:////x` is absolute."""
    if "://" not in url:
        return Path(url)
    if not url.startswith(SQLITE) or url == SQLITE:
        scheme = url.partition("://")[0]
        raise Invalid(
            f"No database can be opened from a {scheme!r} URL: use sqlite:///path or "
            "postgresql://host/name."
        )
    return Path(url.removeprefix(SQLITE))


def postgres_module() -> ModuleType:
    """Return `desk.db.postgres`, or say which extra it needs."""
    try:
        from desk.db import postgres
    except ModuleNotFoundError as missing:
        raise DeskError(
            "PostgreSQL needs the extra: pip install 'parley-desk[postgres]'."
        ) from missing
    return postgres
