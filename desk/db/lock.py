"""The advisory lock that keeps a second process off an SQLite database."""

import os
import sys
from pathlib import Path

from desk.kit.errors import DeskError

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Holds `<database>.lock` until released; the operating system lets go of it at death.

    Raises:
        DeskError: another process holds it, or the folder cannot be written to.
    """

    def __init__(self, database: Path) -> None:
        side = database.with_name(database.name + ".lock")
        try:
            self._handle = os.open(side, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as refused:
            raise DeskError(f"Cannot use the database {database}: {refused.strerror}.") from refused
        try:
            _take(self._handle)
        except OSError as held:
            os.close(self._handle)
            raise DeskError(
                f"The database {database} is in use by another Parley process: stop that one, "
                "or use PostgreSQL, which several processes may share."
            ) from held

    def release(self) -> None:
        """Let others have the database. The side file stays: removing it would race."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
