"""What a database is to the rest of the house: units of work, read or write."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from desk.kit.errors import DeskError
from desk.ports.wake import Wake

P = ParamSpec("P")
T = TypeVar("T")


class Database(Protocol):
    """Runs plain synchronous functions of a Connection, each as one unit of work.

    A unit cannot await, so it cannot talk to a network inside a transaction. `write` commits
    when the unit returns and takes everything back when it raises; the exception reaches the
    caller. `read` sees one consistent snapshot and cannot write.

    A unit may run more than once (PostgreSQL retries deadlocks), so it changes nothing but the
    database. It never commits. What it catches from a refused statement (IntegrityError) it
    wraps in `connection.begin_nested()`: PostgreSQL takes no statement after a refused one.
    """

    dialect: str  # sqlite | postgresql

    @property
    def wake(self) -> Wake:
        """The bell that rings after each commit, of any process. In the loop's thread only."""
        ...

    async def write(
        self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` in a transaction and return its result once it is durable.

        A cancelled caller does not learn whether the unit was done; nothing else is disturbed.
        """
        ...

    async def read(
        self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` on a snapshot and return its result."""
        ...

    def holding(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait until no other process holds `name`; hold it while the context is open.

        A process that dies lets go at once.

        Raises:
            DeskError: 503, the database went away and the hold with it; the body is cancelled.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
        ...


def unavailable(reason: str) -> DeskError:
    """Return the error for a database that cannot serve now: nothing was kept, try again."""
    error = DeskError(reason, retry_after_s=5)
    error.status = 503
    return error


_PASSING = frozenset({"40001", "40P01"})  # serialization failure, deadlock: PostgreSQL asks again
_PASSING_SQLITE = frozenset({5, 6, 7, 10, 13})  # busy, locked, no memory, disk trouble, disk full


def is_passing(error: BaseException) -> bool:
    """Whether the database, not the unit, is at fault, so that the same unit may succeed later."""
    if isinstance(error, DeskError):
        return error.retry_after_s is not None
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING:
        return True
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _PASSING_SQLITE
