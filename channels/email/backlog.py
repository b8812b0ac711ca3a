"""How fast a folder is read: at once, or a long backlog in small steps that leave others room."""

import asyncio

_MAILS = 20  # committed together
_SMALL = 3  # of a backlog: each step is short, so that other channels come between


class Steps:
    """Keeps reading at `per_second` mails on average; 0 is as fast as it goes."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._due_s = 0.0

    @property
    def size(self) -> int:
        """How many mails are committed together."""
        return _SMALL if self._per_second else _MAILS

    async def breathe(self) -> None:
        """Wait until the next step is due. Being late is not made up for."""
        if not self._per_second:
            return
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, self._due_s - now))
        self._due_s = max(now, self._due_s) + self.size / self._per_second
