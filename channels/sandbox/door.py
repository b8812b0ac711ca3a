"""A desk in memory: the door a channel hands its payloads to when no database is behind it."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from desk.kit.clock import Clock
from desk.kit.errors import DeskError, NotFound
from desk.ports.articles import Article
from desk.ports.channel import Accepted, Arrival, Blobs, Health, HealthState, TranscriptLine
from desk.ports.outlook import Outlook


class MemoryBlobs:
    """Files by the SHA-256 of their content, in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def put(self, content: bytes) -> str:
        """Store `content` and return its key. The same bytes have the same key."""
        key = hashlib.sha256(content).hexdigest()
        self.files[key] = content
        return key

    async def get(self, key: str) -> bytes:
        """Return the bytes behind `key`. Raises NotFound."""
        try:
            return self.files[key]
        except KeyError as missing:
            raise NotFound("There is no such file.") from missing

    async def remove(self, key: str) -> None:
        """Forget a file for good; one that is gone already is gone."""
        self.files.pop(key, None)


class MemoryDoor:
    """Keeps what a channel hands over, in the order it came, and lets a test wait for it.

    It stands in for the desk in every respect a channel can see: dedupe, state saved in the
    same step, gapless transcripts, health. Set `trouble` to make accept, save and append
    raise it, as a full disk would, and `away` to make load and transcript raise it too, as a
    database that is gone; set them back to None to let all through.
    """

    def __init__(self, clock: Clock) -> None:
        self.blobs: Blobs = MemoryBlobs()
        self.arrivals: list[Arrival] = []  # fresh ones, in order
        self.offered = 0  # arrivals brought, repeated ones included
        self.state: dict[str, bytes] = {}
        self.transcripts: dict[str, list[TranscriptLine]] = {}
        self.healths: list[Health] = []
        self.trouble: DeskError | None = None
        self.away: DeskError | None = None
        self.writing: list[str] = []  # conversations, each time that it was told
        self.articles: dict[str, Article] = {}  # what `article` finds
        self.expected = Outlook()  # what `outlook` tells
        self._clock = clock
        self._known: set[str] = set()
        self._owned: dict[str, asyncio.Lock] = {}
        self._changed = asyncio.Event()

    async def accept(
        self, arrivals: Sequence[Arrival], *, state: Mapping[str, bytes] | None = None
    ) -> list[Accepted]:
        """Keep the arrivals we did not have, and `state`. Raises `trouble` when it is set."""
        self._let_through()
        accepted = [self._take(arrival) for arrival in arrivals]
        self.state.update(state or {})
        self._changed.set()
        return accepted

    async def load(self, key: str) -> bytes | None:
        """Return what was last saved under `key`."""
        self._let_read()
        return self.state.get(key)

    async def save(self, key: str, value: bytes | None) -> None:
        """Keep `value` under `key`; None forgets it."""
        self._let_through()
        if value is None:
            self.state.pop(key, None)
        else:
            self.state[key] = value
        self._changed.set()

    async def append(self, thread: str, key: str, body: bytes) -> TranscriptLine:
        """Add one line to a transcript and return it; the same `key` again returns the first."""
        self._let_through()
        line = self._add_line(thread, key, body)
        self._changed.set()
        return line

    async def transcript(
        self, thread: str, after_seq: int = 0, limit: int = 200
    ) -> list[TranscriptLine]:
        """Return the lines of `thread` after `after_seq`, in order."""
        self._let_read()
        lines = self.transcripts.get(thread, [])
        return [line for line in lines if line.seq > after_seq][:limit]

    async def outlook(self, thread: str = "") -> Outlook:
        """Return what `expected` says."""
        self._let_read()
        return self.expected

    async def writes(self, thread: str) -> None:
        """Note in `writing` that somebody writes."""
        self._let_read()
        self.writing.append(thread)
        self._changed.set()

    async def article(self, slug: str, language: str | None = None) -> Article | None:
        """Return what `articles` holds under `slug`."""
        self._let_read()
        return self.articles.get(slug)

    def owning(self, what: str) -> AbstractAsyncContextManager[None]:
        """Let one at a time do `what`: several instances may share this desk, as processes do."""
        return self._owned.setdefault(what, asyncio.Lock())

    def report(self, health: Health) -> None:
        """Keep the word on how the inbox is doing."""
        self.healths.append(health)
        self._changed.set()

    @property
    def health(self) -> HealthState | None:
        """The state reported last."""
        return self.healths[-1].state if self.healths else None

    async def wait_until(self, holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Return when `holds()` is true; looked at after each change here.

        Raises:
            TimeoutError: it did not become true in `timeout_s` seconds.
        """
        async with asyncio.timeout(timeout_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Arrival]:
        """Return the arrivals as soon as there are `count`. Raises TimeoutError."""
        await self.wait_until(lambda: len(self.arrivals) >= count, timeout_s)
        return self.arrivals

    def _let_read(self) -> None:
        if self.away is not None:
            raise self.away

    def _let_through(self) -> None:
        self._let_read()
        if self.trouble is not None:
            raise self.trouble

    def _take(self, arrival: Arrival) -> Accepted:
        self.offered += 1
        fresh = arrival.dedupe_key not in self._known
        if fresh:
            self._known.add(arrival.dedupe_key)
            self.arrivals.append(arrival)
        if arrival.line is None:
            return Accepted(fresh)
        line = self._add_line(arrival.order_key, arrival.dedupe_key, arrival.line)
        return Accepted(fresh, line.seq)

    def _add_line(self, thread: str, key: str, body: bytes) -> TranscriptLine:
        lines = self.transcripts.setdefault(thread, [])
        for line in lines:
            if line.key == key:
                return line
        added = TranscriptLine(len(lines) + 1, key, self._clock.now(), body)
        lines.append(added)
        return added
