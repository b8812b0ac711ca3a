"""Keeps one mailbox read: connects, catches up from its cursor, waits, and comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TypeVar

import msgspec
from msgspec import Struct

from channels.email.config import EmailSettings
from channels.email.imap import BATCH, FAULTS, Folder, Mailbox
from channels.email.intake import arrival, too_large, unfetched
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBroken, DeskError, Invalid
from desk.kit.retry import backoff_s
from desk.ports.channel import Arrival, Door, Health, HealthState

_Result = TypeVar("_Result")

_STATE = "imap"
_LONGEST_WAIT_S = 300.0
_COMMIT_MAILS = 20
_COMMIT_BYTES = 1_000_000
_TRIES = 3
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"


class Cursor(Struct, frozen=True):
    """How far a folder is read, and since when we read it."""

    uid_validity: int
    uid: int
    since: datetime


class Watch:
    """Reads one mailbox in a thread of its own; another mailbox's outage does not touch it."""

    def __init__(self, settings: EmailSettings, secret: str, clock: Clock, door: Door) -> None:
        self._settings = settings
        self._secret = secret
        self._clock = clock
        self._door = door
        self._mailbox = Mailbox(settings.imap, settings.address)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")
        self._rng = Random()  # noqa: S311  (jitter, not a secret)
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
                async with self._door.owning("mailbox"):
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
            await asyncio.sleep(wait_s)

    def _pause_s(self, attempt: int) -> float:
        first_s = self._settings.imap.reconnect_s
        return backoff_s(attempt, self._rng, first_s=first_s, cap_s=_LONGEST_WAIT_S)

    async def _session(self) -> None:
        """Read until the connection breaks; ends only by raising."""
        await self._call(self._mailbox.connect)
        folder = await self._call(self._mailbox.open)
        cursor = await self._cursor(folder)
        while True:
            cursor = await self._catch_up(cursor)
            self._say(HealthState.CONNECTED)
            has_news = await self._call(self._mailbox.wait)
            rebuilt = partial(self._mailbox.was_rebuilt, cursor.uid_validity)
            if not has_news and await self._call(rebuilt):
                raise ConnectionResetError("the folder was rebuilt")

    async def _cursor(self, folder: Folder) -> Cursor:
        saved = await self._door.load(_STATE)
        known = msgspec.json.decode(saved, type=Cursor) if saved else None
        if known is None:
            read_to = 0 if self._settings.imap.take_existing else folder.uid_next - 1
            known = Cursor(folder.uid_validity, read_to, self._clock.now())
            await self._door.save(_STATE, msgspec.json.encode(known))
        elif known.uid_validity != folder.uid_validity:
            known = await self._resync(folder, known)
        return known

    async def _resync(self, folder: Folder, known: Cursor) -> Cursor:
        """Read a rebuilt folder again from the day we began; what we have is known by its key."""
        self._log.warning("email.uidvalidity.changed", now=folder.uid_validity)
        fresh = Cursor(folder.uid_validity, 0, known.since)
        if self._settings.imap.take_existing:
            return fresh
        day = _imap_day(known.since - timedelta(days=1))
        uids = await self._call(lambda: self._mailbox.uids_since(day))
        for begin in range(0, len(uids), BATCH):
            fresh = await self._take(uids[begin : begin + BATCH], fresh)
        at_end = Cursor(fresh.uid_validity, max(fresh.uid, folder.uid_next - 1), fresh.since)
        await self._door.save(_STATE, msgspec.json.encode(at_end))
        return at_end

    async def _catch_up(self, cursor: Cursor) -> Cursor:
        uids = await self._call(lambda: self._mailbox.uids_after(cursor.uid))
        for begin in range(0, len(uids), BATCH):
            cursor = await self._take(uids[begin : begin + BATCH], cursor)
        return cursor

    async def _take(self, uids: list[int], cursor: Cursor) -> Cursor:
        sizes = await self._call(lambda: self._mailbox.sizes(uids))
        held: list[Arrival] = []
        taken: list[int] = []
        for uid in uids:
            one = await self._fetch(uid, sizes.get(uid, 0))
            taken.append(uid)
            if one is not None:
                held.append(one)
            full = len(held) >= _COMMIT_MAILS or sum(len(a.raw) for a in held) > _COMMIT_BYTES
            if full or uid == uids[-1]:
                cursor = await self._commit(held, taken, cursor)
                held, taken = [], []
        return cursor

    async def _commit(self, held: list[Arrival], taken: list[int], cursor: Cursor) -> Cursor:
        moved = Cursor(cursor.uid_validity, max(cursor.uid, taken[-1]), cursor.since)
        async with self._committing:
            await self._door.accept(held, state={_STATE: msgspec.json.encode(moved)})
            await self._call(lambda: self._mailbox.settle(taken))
        return moved

    async def _fetch(self, uid: int, size_bytes: int) -> Arrival | None:
        """Return a mail's arrival, None when it is gone, a stand-in when it cannot be had."""
        if self._failures.get(uid, 0) >= _TRIES:
            return arrival(unfetched(uid, self._settings.address), self._secret)
        try:
            raw = await self._call(lambda: self._raw(uid, size_bytes))
        except FAULTS:
            self._failures[uid] = self._failures.get(uid, 0) + 1
            raise
        self._failures.pop(uid, None)
        return raw

    def _raw(self, uid: int, size_bytes: int) -> Arrival | None:
        if size_bytes > self._settings.largest_bytes:
            header = self._mailbox.header(uid)
            return arrival(too_large(header, size_bytes), self._secret) if header else None
        raw = self._mailbox.raw(uid)
        return arrival(raw, self._secret) if raw is not None else None

    async def _call(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _say(self, state: HealthState, detail: str = "") -> None:
        self._door.report(Health(state=state, detail=detail))
        if state is not HealthState.CONNECTED:
            self._log.warning("email.mailbox.trouble", state=str(state), detail=detail)


def _said(trouble: BaseException) -> str:
    return trouble.reason if isinstance(trouble, DeskError) else str(trouble) or "no answer"


def _imap_day(at: datetime) -> str:
    """Return a day as IMAP writes it, in English whatever the machine speaks."""
    return f"{at.day:02d}-{_MONTHS.split()[at.month - 1]}-{at.year}"
