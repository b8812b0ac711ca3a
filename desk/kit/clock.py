"""The one clock, passed in; a frozen one for tests and demos."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock that stands still until it is moved: for tests and replays."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant the clock was last set to."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move the clock forward, or back as on a machine whose clock was set."""
        self._at += by

    def move_to(self, at: datetime) -> None:
        """Set the clock to `at` (aware, any zone)."""
        self._at = at.astimezone(UTC)
