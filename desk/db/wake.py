"""The bell of one process: rung after each commit."""

import asyncio
from contextlib import suppress
from weakref import WeakSet


class MemoryWake:
    """The bell of one process. Every reader takes its own `listener()`."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._listeners: WeakSet[MemoryWake] = WeakSet()

    def ring(self) -> None:
        """Wake this bell and those listening to it. Call from the event loop's thread."""
        self._event.set()
        for listener in list(self._listeners):
            listener.ring()

    async def wait(self, timeout_s: float) -> None:
        """Return at the next ring, at once if it rang meanwhile, or when time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        self._event.clear()

    def listener(self) -> "MemoryWake":
        """Return a bell that rings with this one for as long as somebody keeps it."""
        bell = MemoryWake()
        self._listeners.add(bell)
        return bell
