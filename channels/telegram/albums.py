"""Albums: Telegram sends each picture alone; here they are put together again. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

_REMEMBERED = 200  # parts handed on lately, known when they come again


class OpenAlbum(Struct, frozen=True, kw_only=True):
    """An album still waiting for parts."""

    thread: str
    group: str
    parts: tuple[dict[str, Any], ...]
    touched_s: float = 0.0  # when the last part came; a monotonic reading

    @property
    def ids(self) -> list[int]:
        """The update ids of its parts."""
        return [part["update_id"] for part in self.parts]


class Book(Struct, frozen=True, kw_only=True):
    """The open albums of one inbox. Saved with the journal, so a restart forgets no part."""

    open: tuple[OpenAlbum, ...] = ()
    handed: tuple[int, ...] = ()

    def encoded(self) -> bytes:
        """Return the book as bytes for the inbox's state."""
        return msgspec.json.encode(self)


def opened(saved: bytes | None, now_s: float) -> Book:
    """Return the book as saved; its albums wait anew from `now_s` on."""
    if not saved:
        return Book()
    book = msgspec.json.decode(saved, type=Book)
    return replace(book, open=tuple(replace(album, touched_s=now_s) for album in book.open))


def take(book: Book, update: dict[str, Any], thread: str, now_s: float) -> tuple[Book, list[Any]]:
    """Return the book with `update` in it, and what can be journalled now, in order.

    A part of an album is kept back. Anything else in the same thread closes the album before
    it: Telegram keeps the order within a chat.
    """
    group = group_of(update)
    known = {*book.handed, *(part for album in book.open for part in album.ids)}
    if group is not None and update["update_id"] in known:
        return book, []
    is_mine = [album.thread == thread and album.group == group for album in book.open]
    if group is not None and any(is_mine):
        grown = tuple(
            replace(album, parts=(*album.parts, update), touched_s=now_s) if mine else album
            for album, mine in zip(book.open, is_mine, strict=True)
        )
        return replace(book, open=grown), []
    book, ready = _closed(book, [album for album in book.open if album.thread == thread])
    if group is None:
        return book, [*ready, update]
    album = OpenAlbum(thread=thread, group=group, parts=(update,), touched_s=now_s)
    return replace(book, open=(*book.open, album)), ready


def due(book: Book, now_s: float, wait_s: float) -> tuple[Book, list[Any]]:
    """Return the book without the albums that had no new part for `wait_s`, and those albums."""
    return _closed(book, [album for album in book.open if album.touched_s + wait_s <= now_s])


def group_of(update: Any) -> str | None:
    """Return the album that `update` is a part of."""
    message = update.get("message") if isinstance(update, dict) else None
    group = message.get("media_group_id") if isinstance(message, dict) else None
    counted = isinstance(update, dict) and type(update.get("update_id")) is int
    return group if isinstance(group, str) and group and counted else None


def _closed(book: Book, albums: Iterable[OpenAlbum]) -> tuple[Book, list[Any]]:
    gone = list(albums)
    if not gone:
        return book, []
    handed = [part for album in gone for part in album.ids]
    kept = tuple(album for album in book.open if album not in gone)
    remembered = (*book.handed, *handed)[-_REMEMBERED:]
    return Book(open=kept, handed=remembered), [_together(album.parts) for album in gone]


def _together(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ordered = sorted(parts, key=lambda part: int(part["update_id"]))
    return ordered[0] if len(ordered) == 1 else {"album": ordered}
