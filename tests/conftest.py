"""What every test may ask for: a database on both engines, a clock, and a strict event loop."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from blockbuster import BlockBuster

from desk.db.engine import Database
from desk.db.open import open_database
from desk.db.sqlite import SqliteDatabase
from desk.kit.clock import FrozenClock
from tests.bot.paper_desk import PaperDesk
from tests.postgres import PostgresServer
from tests.schema import create_schema

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PACKAGES = ["bot", "channels", "desk", "knowledge"]


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands at nine on a Monday until the test moves it."""
    return FrozenClock(MONDAY)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database with every table; the test runs on both engines."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database with every table; the test runs on both engines."""
    opened = open_database(database_url, connections=18)
    yield opened
    await opened.close()


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    """A whole desk with an inbox of paper, at work."""
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        yield paper


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[SqliteDatabase]:
    """An empty SQLite database with every table."""
    opened = SqliteDatabase(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A fresh copy of the SQLite template: a plain path."""
    return str(shutil.copy(sqlite_template, tmp_path / "parley.db"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table and no row."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    create_schema(str(path))
    return path


@pytest.fixture
def postgresql_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database with every table and no row."""
    with postgres_server.lend() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server: PARLEY_TEST_POSTGRES_URL, or one of our own for this run."""
    with PostgresServer.running() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def no_blocking_calls() -> Iterator[None]:
    """Make a blocking call of our own code in the event loop fail the test.

    Locks are let through: a thread may hold one for a microsecond, and that is luck, not law.
    """
    guard = BlockBuster(PACKAGES)
    for name in [name for name in guard.functions if name.startswith("threading.")]:
        del guard.functions[name]
    for function in guard.functions.values():
        function.can_block_in("<frozen importlib._bootstrap>", "_find_and_load")  # lazy imports
        function.can_block_in("asyncpg/connect_utils.py", "_parse_connect_arguments")  # ~/.pgpass
        function.can_block_in("desk/db/migrate.py", "upgrade")  # has a loop all to itself
        function.can_block_in("desk/db/schema.py", "all_tables")
        function.can_block_in("desk/sla/calendars.py", "_zone")  # a zone's file, once a process
        function.can_block_in("desk/db/revise.py", {"check", "revise"})
        function.can_block_in("linecache.py", {"checkcache", "updatecache"})  # tracebacks
    guard.activate()
    yield
    guard.deactivate()


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Send our lines to stdlib logging, where pytest shows them for a test that fails.

    For each test anew, because some set logging up as the running desk does.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def no_leaked_tasks(request: pytest.FixtureRequest) -> None:
    """Make a task that outlives its asynchronous test fail it."""
    if request.node.get_closest_marker("asyncio") is not None:
        request.getfixturevalue("tasks_watched")


@pytest.fixture
async def tasks_watched() -> AsyncIterator[None]:
    """Look, when all else is torn down, for tasks that the test left behind."""
    yield
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=0.5)
    names = ", ".join(sorted(f"{task.get_name()} {task.get_coro()}" for task in left))
    assert not left, f"tasks left behind: {names}"
