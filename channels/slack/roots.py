"""Where conversations that began in a form go on: under the first message the app wrote in them."""

from collections import OrderedDict

from desk.ports.channel import Door

_REMEMBERED = 1_000


class Roots:
    """Knows the first message of each such conversation, in memory and in the desk's state."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._known: OrderedDict[str, str] = OrderedDict()

    async def of(self, thread: str) -> str | None:
        """Return the timestamp of its first message; None when nothing was written yet.

        Raises ChannelBusy.
        """
        if thread not in self._known:
            kept = await self._door.load(_key(thread))
            if kept is None:
                return None
            self._remember(thread, kept.decode())
        return self._known[thread]

    async def begin(self, thread: str, ts: str) -> None:
        """Let a conversation go on under this message. Raises ChannelBusy."""
        await self._door.save(_key(thread), ts.encode())
        self._remember(thread, ts)

    def _remember(self, thread: str, ts: str) -> None:
        self._known[thread] = ts
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _key(thread: str) -> str:
    return f"root:{thread}"
