"""The desk as each inbox's channel sees it: what it hands over is committed when this returns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from bot import expecting
from bot.reading import public_article
from desk.arrivals import actions, queries
from desk.cases import queries as cases
from desk.db.engine import Database
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBusy, DeskError
from desk.ports.articles import Article
from desk.ports.channel import Accepted, Arrival, Blobs, Health, TranscriptLine
from desk.ports.outlook import Outlook

Report = Callable[[str, Health], None]
TellWriting = Callable[[int], None]  # by case id

TRY_AGAIN_S = 5.0


class Offers(Struct, frozen=True, kw_only=True):
    """What the desk does for an inbox besides keeping what comes in."""

    letters: bool = False  # who leaves it gets letters
    public_url: str = ""
    tell_writing: TellWriting = lambda case_id: None


class InboxDoor:
    """The Door of one inbox, over the real database."""

    def __init__(
        self,
        inbox: str,
        db: Database,
        blobs: Blobs,
        clock: Clock,
        report: Report,
        offers: Offers = Offers(),  # noqa: B008 - frozen
    ) -> None:
        self.inbox = inbox
        self.blobs = blobs
        self._db = db
        self._clock = clock
        self._report = report
        self._offers = offers

    async def accept(
        self, arrivals: Sequence[Arrival], *, state: Mapping[str, bytes] | None = None
    ) -> list[Accepted]:
        """Journal `arrivals` and `state` in one commit. Raises ChannelBusy: do not acknowledge."""
        now = self._clock.now()
        with _translated():
            return await self._db.write(actions.accept, self.inbox, arrivals, state, now=now)

    async def load(self, key: str) -> bytes | None:
        """Return what was last saved under `key` for this inbox. Raises ChannelBusy."""
        with _translated():
            return await self._db.read(queries.load_state, self.inbox, key)

    async def save(self, key: str, value: bytes | None) -> None:
        """Keep `value` under `key` for this inbox; None forgets it. Raises ChannelBusy."""
        now = self._clock.now()
        with _translated():
            await self._db.write(actions.save_state, self.inbox, key, value, now=now)

    async def append(self, thread: str, key: str, body: bytes) -> TranscriptLine:
        """Add one line to a transcript; the same `key` again returns the first.

        Raises ChannelBusy: it was not added.
        """
        now = self._clock.now()
        with _translated():
            unit = actions.append_line
            return await self._db.write(unit, self.inbox, thread, key, body, now=now)

    async def transcript(
        self, thread: str, after_seq: int = 0, limit: int = 200
    ) -> list[TranscriptLine]:
        """Return the lines of `thread` after `after_seq`, in order. Raises ChannelBusy."""
        with _translated():
            return await self._db.read(queries.transcript, self.inbox, thread, after_seq, limit)

    async def outlook(self, thread: str = "") -> Outlook:
        """Return when an answer can be expected. Raises ChannelBusy."""
        now = self._clock.now()
        with _translated():
            known = await self._db.read(expecting.outlook, self.inbox, thread, now=now)
        return replace(known, letters=self._offers.letters)

    async def article(self, slug: str, language: str | None = None) -> Article | None:
        """Return an article that anybody may read; None: there is none. Raises ChannelBusy."""
        with _translated():
            return await self._db.read(
                public_article, slug, language, public_url=self._offers.public_url
            )

    async def writes(self, thread: str) -> None:
        """Show those who answer that the customer of a conversation writes. Raises ChannelBusy."""
        with _translated():
            case_id = await self._db.read(cases.of_thread, self.inbox, thread)
        if case_id is not None:
            self._offers.tell_writing(case_id)

    def owning(self, what: str) -> AbstractAsyncContextManager[None]:
        """Do `what` for this inbox in no other process at the same time."""
        return self._db.holding(f"{self.inbox}/{what}")

    def report(self, health: Health) -> None:
        """Say how the inbox is doing."""
        self._report(self.inbox, health)


@contextmanager
def _translated() -> Iterator[None]:
    """Say what fails in the database in the one way a channel knows: nothing was kept."""
    try:
        yield
    except (SQLAlchemyError, DeskError) as trouble:
        raise ChannelBusy("The database cannot take it now.", TRY_AGAIN_S) from trouble
