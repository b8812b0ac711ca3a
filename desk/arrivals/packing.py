"""Payloads as they are kept: packed where that is quick and saves something. Pure."""

import zlib

from msgspec import Struct

_LEAST_BYTES = 1024
_MOST_BYTES = 512 * 1024  # larger ones are files, which packing makes little smaller, and slowly
_ZLIB = "zlib"


class Packed(Struct, frozen=True):
    """A payload as it is stored; `packing` is None for one that is as it came."""

    raw: bytes
    packing: str | None


def packed(raw: bytes) -> Packed:
    """Return `raw` as it is to be stored."""
    if not _LEAST_BYTES <= len(raw) <= _MOST_BYTES:
        return Packed(raw, None)
    small = zlib.compress(raw, 1)
    return Packed(small, _ZLIB) if len(small) < len(raw) * 0.9 else Packed(raw, None)


def unpacked(raw: bytes, packing: str | None) -> bytes:
    """Return a payload as it came."""
    return zlib.decompress(raw) if packing == _ZLIB else raw
