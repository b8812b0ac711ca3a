"""Keeps one mailbox read: connects, catches up from its cursor, waits, and comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from channels.email.backlog import Steps
from channels.email.config import EmailSettings
from channels.email.imap import BATCH, FAULTS, Folder, Listed, Mailbox, imap_day
from channels.email.intake import arrival, old, sent, too_large, unfetched
from channels.email.oauth import Tokens
from channels.email.threads import History
from desk.kit import log
from desk.kit.errors import ChannelBroken, DeskError, Invalid
from desk.kit.retry import backoff_s
from desk.ports.channel import Arrival, ChannelKit, Door, Health, HealthState

_Result = TypeVar("_Result")

_LONGEST_WAIT_S = 300.0
_COMMIT_BYTES = 1_000_000
_OPENING_BYTES = 200_000  # of the first text of a mail that is too large
_NEW = timedelta(hours=1)  # what came this shortly before us is no history


class Cursor(Struct, frozen=True):
    """How far a folder is read, and since when we read it."""

    uid_validity: int
    uid: int
    since: datetime
    history_to: int = 0  # up to this UID it was there when we came


class Post(Struct, frozen=True):
    """One folder to read, and whether it holds what we sent ourselves."""

    folder: str
    say: Callable[[Health], None]
    is_sent: bool = False

    @property
    def state(self) -> str:
        """The name under which the cursor is kept."""
        return "imap" if self.folder == "INBOX" else f"imap:{self.folder}"


class Watch:
    """Reads one folder in a thread of its own; another's outage does not touch it."""

    def __init__(
        self,
        settings: EmailSettings,
        post: Post,
        kit: ChannelKit,
        door: Door,
        tokens: Tokens | None = None,
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._post = post
        self._secret = kit.secret
        self._clock = kit.clock
        self._door = door
        self._mailbox = Mailbox(settings.imap, settings.address, post.folder)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")
        self._rng = Random()  # noqa: S311  (jitter, not a secret)
        self._steps = Steps(0)
        self._committing = asyncio.Lock()
        self._failures: dict[int, int] = {}
        self._log = log.get(channel="email", inbox=settings.address)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Read inside the context; leaving it breaks the wait and lets the last commit finish."""
        task = asyncio.create_task(self._run(), name=f"imap {self._settings.address}")
        try:
            yield
        finally:
            async with self._committing:  # a mail taken is also marked
                task.cancel()
                self._mailbox.hang_up()
            await asyncio.gather(task, return_exceptions=True)
            self._thread.submit(self._mailbox.close)
            await asyncio.to_thread(self._thread.shutdown)

    async def _run(self) -> None:
        attempt = 0
        while True:
            begun = asyncio.get_running_loop().time()
            try:
                async with self._door.owning(self._post.state):
                    await self._session()
            except (ChannelBroken, Invalid) as refused:  # or a secret that is not there
                self._say(HealthState.BROKEN, refused.reason)
                wait_s = _LONGEST_WAIT_S  # trying faster gets the account locked
            except (DeskError, *FAULTS) as trouble:
                lasted_s = asyncio.get_running_loop().time() - begun
                attempt = 1 if lasted_s > 60 else attempt + 1
                self._say(HealthState.TROUBLED, f"The mailbox is away: {_said(trouble)}")
                wait_s = self._pause_s(attempt)
            await self._call(self._mailbox.close)
            if self._tokens is not None:
                await self._tokens.until_connected(wait_s)
            else:
                await asyncio.sleep(wait_s)

    def _pause_s(self, attempt: int) -> float:
        first_s = self._settings.imap.reconnect_s
        return backoff_s(attempt, self._rng, first_s=first_s, cap_s=_LONGEST_WAIT_S)

    async def _session(self) -> None:
        """Read until the connection breaks; ends only by raising."""
        await self._connect()
        folder = await self._call(self._mailbox.open)
        cursor = await self._cursor(folder)
        while True:
            cursor = await self._catch_up(cursor)
            self._say(HealthState.CONNECTED)
            has_news = await self._call(self._mailbox.wait)
            rebuilt = partial(self._mailbox.was_rebuilt, cursor.uid_validity)
            if not has_news and await self._call(rebuilt):
                raise ConnectionResetError("the folder was rebuilt")

    async def _connect(self) -> None:
        """Sign in; a token that is refused is renewed once, for it may have been withdrawn."""
        if self._tokens is None:
            await self._call(self._mailbox.connect)
            return
        token = await self._tokens.access()
        try:
            await self._call(partial(self._mailbox.connect, token))
        except ChannelBroken:
            await self._call(self._mailbox.close)
            token = await self._tokens.access(refused=token)
            await self._call(partial(self._mailbox.connect, token))

    async def _cursor(self, folder: Folder) -> Cursor:
        saved = await self._door.load(self._post.state)
        known = msgspec.json.decode(saved, type=Cursor) if saved else None
        if known is None:
            last = folder.uid_next - 1
            read_to = 0 if self._takes_existing else last
            known = Cursor(folder.uid_validity, read_to, self._clock.now(), last)
            await self._door.save(self._post.state, msgspec.json.encode(known))
        elif known.uid_validity != folder.uid_validity:
            known = await self._resync(folder, known)
        return known

    async def _resync(self, folder: Folder, known: Cursor) -> Cursor:
        """Read a rebuilt folder again from the day we began; what we have is known by its key."""
        self._log.warning("email.uidvalidity.changed", now=folder.uid_validity)
        fresh = Cursor(folder.uid_validity, 0, known.since, folder.uid_next - 1)
        if self._takes_existing:
            return fresh
        day = imap_day(known.since - timedelta(days=1))
        uids = await self._call(lambda: self._mailbox.uids_since(day))
        for begin in range(0, len(uids), BATCH):
            fresh = await self._take(uids[begin : begin + BATCH], fresh)
        at_end = replace(fresh, uid=max(fresh.uid, folder.uid_next - 1))
        await self._door.save(self._post.state, msgspec.json.encode(at_end))
        return at_end

    async def _catch_up(self, cursor: Cursor) -> Cursor:
        uids = await self._call(lambda: self._mailbox.uids_after(cursor.uid))
        self._steps = Steps(self._settings.imap.backlog_per_second if len(uids) > BATCH else 0)
        for begin in range(0, len(uids), BATCH):
            cursor = await self._take(uids[begin : begin + BATCH], cursor)
        return cursor

    async def _take(self, uids: list[int], cursor: Cursor) -> Cursor:
        """Take mails in the order in which they came, and move the cursor past what is taken."""
        left = await self._call(lambda: self._mailbox.listed(uids))
        held: list[Arrival] = []
        taken: list[int] = []
        while left:
            one, left = left[0], left[1:]
            if not self._takes_existing and self._history(one, cursor) is not None:
                continue  # of before our time: a rebuilt folder is searched by whole days
            arrived = await self._fetch(one, cursor)
            taken.append(one.uid)
            if arrived is not None:
                held.append(arrived)
            full = len(held) >= self._steps.size or sum(len(a.raw) for a in held) > _COMMIT_BYTES
            if full and left:
                read_to = min(mail.uid for mail in left) - 1  # a later UID may have come before
                cursor = await self._commit(held, taken, cursor, read_to)
                held, taken = [], []
                await self._steps.breathe()
        return await self._commit(held, taken, cursor, uids[-1])

    async def _commit(
        self, held: list[Arrival], taken: list[int], cursor: Cursor, read_to: int
    ) -> Cursor:
        moved = replace(cursor, uid=max(cursor.uid, read_to))
        async with self._committing:
            await self._door.accept(held, state={self._post.state: msgspec.json.encode(moved)})
            if not self._post.is_sent:
                await self._call(lambda: self._mailbox.settle(taken))
        return moved

    async def _fetch(self, one: Listed, cursor: Cursor) -> Arrival | None:
        """Return a mail's arrival, None when it is gone, a stand-in when it cannot be had."""
        uid = one.uid
        if self._failures.get(uid, 0) >= self._settings.imap.tries:
            return arrival(unfetched(uid, self._settings.address), self._secret)
        try:
            raw = await self._call(lambda: self._raw(one, self._history(one, cursor)))
        except FAULTS:
            self._failures[uid] = self._failures.get(uid, 0) + 1
            raise
        self._failures.pop(uid, None)
        return raw

    def _history(self, one: Listed, cursor: Cursor) -> History | None:
        """Return what a mail is as history; None: it is new, though we come a little late."""
        if one.uid > cursor.history_to or one.came_at is None or self._post.is_sent:
            return None
        came_at = one.came_at.astimezone(UTC)
        if came_at > cursor.since - _NEW:
            return None
        unread = timedelta(days=self._settings.imap.unread_days)
        return History(came_at, not one.is_seen and came_at > cursor.since - unread)

    def _raw(self, one: Listed, history: History | None) -> Arrival | None:
        raw = self._mailbox.raw(one.uid) if one.size_bytes <= self._settings.largest_bytes else None
        if one.size_bytes > self._settings.largest_bytes:
            limit = min(_OPENING_BYTES, self._settings.largest_bytes // 2)
            opening = self._mailbox.opening(one.uid, limit)
            raw = too_large(opening, one.size_bytes) if opening is not None else None
        if raw is None:
            return None
        if history is not None:
            return old(raw, self._secret, history)
        return sent(raw, self._secret) if self._post.is_sent else arrival(raw, self._secret)

    @property
    def _takes_existing(self) -> bool:
        return self._settings.imap.take_existing and not self._post.is_sent

    async def _call(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _say(self, state: HealthState, detail: str = "") -> None:
        self._post.say(Health(state=state, detail=detail))
        if state is not HealthState.CONNECTED:
            self._log.warning("email.mailbox.trouble", state=str(state), detail=detail)


def worst(healths: Mapping[str, Health]) -> Health:
    """Return the health of an inbox that reads several folders; the detail names the folder."""
    order = (HealthState.BROKEN, HealthState.TROUBLED, HealthState.STARTING)
    for state in order:
        for folder, health in healths.items():
            if health.state is state:
                name = f"{folder}: " if len(healths) > 1 and health.detail else ""
                return Health(state=state, detail=f"{name}{health.detail}")
    return Health(state=HealthState.CONNECTED)


def _said(trouble: BaseException) -> str:
    return trouble.reason if isinstance(trouble, DeskError) else str(trouble) or "no answer"
