"""Pictures inside HTML: those it names by Content-ID, and those it carries in itself."""

import base64
import binascii
import re
from urllib.parse import unquote, unquote_to_bytes

from msgspec import Struct

_CID = re.compile(r"cid:([^\s\"'<>)]{1,250})", re.I)
_DATA = re.compile(
    r"(<img\b[^<>]*?\bsrc\s*=\s*[\"']?)data:(image/(?:png|jpe?g|gif|webp));base64,"
    r"([A-Za-z0-9+/=%\s]+)",
    re.I,
)
_MOST = 50


class Embedded(Struct, frozen=True):
    """A picture that HTML carries in itself."""

    mime: str
    content: bytes
    content_id: str  # what the HTML names it by once it is a file


def named(html: str) -> frozenset[str]:
    """Return the Content-IDs that `html` shows pictures by."""
    return frozenset(unquote(one) for one in _CID.findall(html))


def embedded(html: str) -> list[Embedded]:
    """Return the pictures that `html` carries in itself, in order, fifty at most."""
    found = []
    for number, one in enumerate(_DATA.finditer(html)):
        if number == _MOST:
            break
        found.append(Embedded(one[2].lower(), _decoded(one[3]), _id(number)))
    return found


def with_names(html: str) -> str:
    """Return `html` naming these pictures by Content-ID instead of carrying them."""
    numbers = iter(range(_MOST))

    def named_one(one: re.Match[str]) -> str:
        number = next(numbers, None)
        return one[0] if number is None else f"{one[1]}cid:{_id(number)}"

    return _DATA.sub(named_one, html)


def _id(number: int) -> str:
    return f"embedded-{number}@parley"


def _decoded(text: str) -> bytes:
    raw = b"".join(unquote_to_bytes(text).split())
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return b""
