"""Waking those who wait for a commit: in memory by default, across processes on PostgreSQL."""

from typing import Protocol


class Wake(Protocol):
    """A bell without a message: it says *look*, never *what*."""

    def ring(self) -> None:
        """Wake every waiter. Cheap; called after each commit."""
        ...

    async def wait(self, timeout_s: float) -> None:
        """Return when the bell rings, has rung since this waiter last looked, or time is up."""
        ...

    def listener(self) -> "Wake":
        """Return a bell of one's own that rings with this one and forgets nothing between waits."""
        ...
