"""From Telegram into the journal: keys, order, albums; the same for polling and webhook."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct

from channels.telegram import albums
from channels.telegram.commands import Asked, asked
from desk.kit.errors import ChannelBusy
from desk.ports.channel import Arrival, Door

_STATE = "albums"
_AGAIN_S = 1.0


class Press(Struct, frozen=True):
    """A button that was pressed: what to answer, and where its keyboard stands."""

    id: str
    chat: int | None
    message: int | None


class Ingress:
    """Journals updates of one bot.

    `who` tells what the bot is called: it is noted on updates of groups, where it may be named.
    `on_press` is called for each new button press, `on_asked` for each new bare /start and /help.
    """

    def __init__(
        self,
        door: Door,
        bot_id: str,
        *,
        who: Callable[[], Awaitable[dict[str, Any]]],
        album_wait_s: float,
        on_press: Callable[[Press], None],
        on_asked: Callable[[Asked], None],
    ) -> None:
        self._door = door
        self._bot_id = bot_id
        self._who = who
        self._album_wait_s = album_wait_s
        self._on_press = on_press
        self._on_asked = on_asked
        self._book: albums.Book | None = None  # until it was loaded
        self._lock = asyncio.Lock()
        self._waiting = asyncio.Event()

    async def take(self, updates: Sequence[Any], raw: bytes | None = None) -> None:
        """Journal `updates`; committed on return. `raw` is the one update as it came.

        Raises:
            ChannelBusy: nothing was kept: do not acknowledge.
        """
        came = [await self._marked(update) for update in updates]
        async with self._lock:
            book, ready = await self._known(), list[Any]()
            for update in came:
                if isinstance(update, dict):
                    book, now_ready = albums.take(book, update, thread_of(update), _now_s())
                    ready += now_ready
                else:
                    ready.append(update)
            only = raw if len(ready) == 1 and ready[0] is updates[0] else None
            await self._journal(book, ready, only)
        if book.open:
            self._waiting.set()

    async def _marked(self, update: Any) -> Any:
        """Return an update of a group with the bot's name on it: answers need no look-up then."""
        return {**update, "us": await self._who()} if _is_of_group(update) else update

    async def tend_albums(self) -> None:
        """Journal albums when their time is up, for ever, those from before a restart first."""
        self._waiting.set()
        while True:
            await self._waiting.wait()
            try:
                await self._close_due()
            except ChannelBusy as busy:
                await asyncio.sleep(busy.retry_after_s or _AGAIN_S)
            else:
                await asyncio.sleep(self._album_wait_s / 4)

    async def _close_due(self) -> None:
        async with self._lock:
            book, ready = albums.due(await self._known(), _now_s(), self._album_wait_s)
            if ready:
                await self._journal(book, ready, None)
            if not book.open:
                self._waiting.clear()

    async def _known(self) -> albums.Book:
        """Return the open albums, at first those that were open when the desk stopped."""
        if self._book is None:
            self._book = albums.opened(await self._door.load(_STATE), _now_s())
        return self._book

    async def _journal(self, book: albums.Book, ready: list[Any], raw: bytes | None) -> None:
        arrivals = [self._arrival(update, raw) for update in ready]
        state = {_STATE: book.encoded()} if book != self._book else None
        if arrivals:
            accepted = await self._door.accept(arrivals, state=state)
            self._book = book
            for update, kept in zip(ready, accepted, strict=True):
                if kept.fresh:
                    self._greet(update)
        elif state:
            await self._door.save(_STATE, state[_STATE])
            self._book = book

    def _greet(self, update: Any) -> None:
        if (press := _press_of(update)) is not None:
            self._on_press(press)
        if (one := asked(update)) is not None:
            self._on_asked(one)

    def _arrival(self, update: Any, raw: bytes | None) -> Arrival:
        encoded = raw if raw is not None else json.dumps(update).encode()
        return Arrival(
            dedupe_key=f"{self._bot_id}:{_key(update, encoded)}",
            order_key=thread_of(update),
            raw=encoded,
        )


def _key(update: Any, raw: bytes) -> str:
    first = update["album"][0] if _is_album(update) else update
    found = update_id(first)
    return str(found) if found is not None else hashlib.sha256(raw).hexdigest()


def _is_album(update: Any) -> bool:
    """Return whether it is our own envelope, not something like it from outside."""
    if not isinstance(update, dict) or set(update) != {"album"}:
        return False
    parts = update["album"]
    return isinstance(parts, list) and bool(parts) and update_id(parts[0]) is not None


def update_id(update: Any) -> int | None:
    """Return the number of an update, or None when it has none."""
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if type(found) is int else None


def thread_of(update: Any) -> str:
    """Return the chat, and the topic in it, that an update belongs to; "" when to none."""
    if _is_album(update):
        return thread_of(update["album"][0])
    for body in _dicts(update):
        message = body.get("message")
        at = message if isinstance(message, dict) else body
        chat = at.get("chat")
        if isinstance(chat, dict) and type(chat.get("id")) is int:
            topic = at.get("message_thread_id") if at.get("is_topic_message") is True else None
            return f"{chat['id']}:{topic}" if type(topic) is int else str(chat["id"])
    return ""


def _is_of_group(update: Any) -> bool:
    return thread_of(update).startswith("-")


def _dicts(update: Any) -> list[dict[str, Any]]:
    values = update.values() if isinstance(update, dict) else ()
    return [value for value in values if isinstance(value, dict)]


def _press_of(update: Any) -> Press | None:
    query = update.get("callback_query") if isinstance(update, dict) else None
    if not isinstance(query, dict) or not isinstance(query.get("id"), str):
        return None
    message = query.get("message")
    under = message if isinstance(message, dict) else {}
    chat = under.get("chat")
    chat_id = chat.get("id") if isinstance(chat, dict) else None
    number = under.get("message_id")
    whole = type(chat_id) is int and type(number) is int
    return Press(query["id"], chat_id if whole else None, number if whole else None)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
