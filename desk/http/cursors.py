"""Keyset pages: a page of rows and the opaque cursor that leads to the next."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from desk.kit.errors import Invalid

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Rows in order; `next` is the cursor of the following page, null on the last."""

    items: list[T]
    next: str | None = None


def encode_cursor(*keys: Any) -> str:
    """Return the sort keys of a page's last row as one opaque word."""
    return urlsafe_b64encode(msgspec.json.encode(keys)).decode().rstrip("=")


def decode_cursor(cursor: str, kind: type[T]) -> T:
    """Return the sort keys in `cursor` as `kind`, for example `tuple[datetime, int]`.

    Raises:
        Invalid: the cursor was not made by `encode_cursor` for such keys.
    """
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        keys = msgspec.json.decode(raw, type=kind)
        _check(keys)
        return keys
    except ValueError as wrong:  # not ASCII, not base64, not JSON, not these keys
        raise Invalid("The cursor is not one of ours; start from the first page.", "/after") from (
            wrong
        )


def _check(keys: Any) -> None:
    """Refuse what no column holds. Raises ValueError."""
    for key in keys if isinstance(keys, tuple) else (keys,):
        if isinstance(key, int) and abs(key) >= 2**63:
            raise ValueError("too large a number")
        if isinstance(key, datetime) and (key.tzinfo is None or not 1970 <= key.year < 9999):
            raise ValueError("no instant of ours")
        if isinstance(key, str) and not (key.isascii() and key.isprintable()):
            raise ValueError("no word of ours")
