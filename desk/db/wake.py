"""The bell of one process: rung after each commit."""

import asyncio
from contextlib import suppress


class MemoryWake:
    """The bell of one process. Every reader takes its own `listener()`."""

    def __init__(self, parent: "MemoryWake | None" = None) -> None:
        self._event = asyncio.Event()
        self._children: list[MemoryWake] = []
        if parent is not None:
            parent._children.append(self)

    def ring(self) -> None:
        """Wake this bell and those listening to it. Call from the event loop's thread."""
        self._event.set()
        for child in self._children:
            child.ring()

    async def wait(self, timeout_s: float) -> None:
        """Return at the next ring, at once if it rang meanwhile, or when time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        self._event.clear()

    def listener(self) -> "MemoryWake":
        """Return a bell that rings with this one."""
        return MemoryWake(self)
