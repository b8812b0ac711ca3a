"""Who looks at a conversation right now: one seat per open page, woken when it changes."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from channels.chat.frames import frame

BACK_PER_S = 300  # pages that come back in a second when the house opens again


class Seat:
    """One open page of a visitor."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation
        self.changed = asyncio.Event()
        self.passing: deque[str] = deque(maxlen=20)  # frames that nobody keeps, like typing
        self.closing = False

    def pass_on(self, frame: str) -> None:
        """Send `frame` once, if the page is quick enough to get it."""
        self.passing.append(frame)
        self.changed.set()


def goodbye(rooms: "Rooms") -> str:
    """Return the frame that asks a page to come back in a while."""
    return frame("bye", code="restart", retry_after_s=rooms.away_s)


class Rooms:
    """The seats of one inbox in this process."""

    def __init__(self) -> None:
        self._seats: dict[str, set[Seat]] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self.closing = asyncio.Event()
        self.away_s = 1.0  # how long pages are asked to stay away, give or take half

    @contextmanager
    def seat(self, conversation: str) -> Iterator[Seat]:
        """Give a page its seat until it leaves."""
        seat = Seat(conversation)
        self._seats.setdefault(conversation, set()).add(seat)
        self._empty.clear()
        try:
            yield seat
        finally:
            seats = self._seats[conversation]
            seats.discard(seat)
            if not seats:
                del self._seats[conversation]
            if not self._seats:
                self._empty.set()

    def count(self, conversation: str) -> int:
        """Return how many pages look at `conversation`."""
        return len(self._seats.get(conversation, ()))

    def wake(self, conversation: str) -> None:
        """Tell every page of `conversation` that there is something new to read."""
        for seat in self._seats.get(conversation, ()):
            seat.changed.set()

    def pass_on(self, conversation: str, frame: str) -> None:
        """Send `frame` to every page of `conversation`; it is kept nowhere."""
        for seat in self._seats.get(conversation, ()):
            seat.pass_on(frame)

    async def close(self) -> None:
        """Ask every page to come back later and return when all have left.

        Many pages are asked to stay away for longer, so that they do not all come at once.
        """
        self.away_s = max(1.0, sum(map(len, self._seats.values())) / BACK_PER_S)
        self.closing.set()
        for seats in self._seats.values():
            for seat in seats:
                seat.closing = True
                seat.changed.set()
        await self._empty.wait()
