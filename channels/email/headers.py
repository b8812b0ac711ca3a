"""Header fields: unfolding, RFC 2047 words decoded on bytes, parameters of RFC 2231, dates."""

import base64
import binascii
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

from channels.email.charsets import decode
from desk.kit.text import one_line

_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?((?:[^?\r\n]|\?(?!=))*)\?=")
_FOLD = re.compile(rb"(?:\r\n|\r|\n)+[ \t]?")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_PARAMETER = re.compile(rb";[\s;]{0,40}([^=;\s]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|\"[^;]*|[^;]*)", re.S)
_PIECE = re.compile(r"^([^*]+)(?:\*(\d{1,4}))?(\*)?$")
_FIELD_BYTES = 8192  # of a structured field; the rest is junk meant to cost time
_COMMENT = re.compile(rb"\([^()]*\)")


class Field(Struct, frozen=True):
    """A structured field: its value in lower case, its parameters decoded."""

    value: str
    parameters: dict[str, str]


def unfold(raw: bytes) -> bytes:
    """Return a header's value on one line."""
    return _FOLD.sub(b" ", raw).strip()


def decode_words(raw: bytes, fallback: str | None = None) -> str:
    """Return an unstructured value as text on one line.

    Adjacent encoded words of one charset are joined before decoding, because senders split
    characters between them. Bytes outside words are utf-8, else `fallback`, else cp1252.
    """
    raw = unfold(raw)
    pieces: list[tuple[str | None, bytes]] = []
    at = 0
    for word in _WORD.finditer(raw):
        between = raw[at : word.start()]
        if between.strip() or (between and not (pieces and pieces[-1][0])):
            pieces.append((None, between))
        _append_word(pieces, word)
        at = word.end()
    if raw[at:]:
        pieces.append((None, raw[at:]))
    return one_line("".join(_piece_text(kind, chunk, fallback) for kind, chunk in pieces))


def field(raw: bytes, fallback: str | None = None) -> Field:
    """Return a field such as Content-Type with its parameters, whatever way they are encoded."""
    raw = unfold(raw[:_FIELD_BYTES])
    head, _, _ = raw.partition(b";")
    value = decode(_COMMENT.sub(b"", head)).strip().strip('"').lower()
    found: dict[str, list[tuple[int, bool, bytes]]] = {}
    for name, content in _PARAMETER.findall(raw[len(head) :]):
        piece = _PIECE.match(decode(name).lower())
        if piece:
            entry = (int(piece[2] or 0), bool(piece[3]), _unquoted(content))
            found.setdefault(piece[1], []).append(entry)
    return Field(value, {name: _parameter(parts, fallback) for name, parts in found.items()})


def date(raw: bytes) -> datetime | None:
    """Return a Date field as an aware instant with the sender's offset, or None."""
    try:
        found = parsedate_to_datetime(decode(_COMMENT.sub(b"", unfold(raw))))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found


def from_base64(raw: bytes) -> bytes:
    """Return what `raw` encodes, passing over junk and mending the padding."""
    if b"=" not in raw.rstrip(b"=\r\n\t "):  # padding within ends the fast way too early
        try:
            return binascii.a2b_base64(raw)
        except binascii.Error:
            pass  # the slow way mends it
    digits = _BASE64.sub(b"", raw)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    try:
        return base64.b64decode(digits + b"=" * (-len(digits) % 4))
    except (binascii.Error, ValueError):
        return b""


def _append_word(pieces: list[tuple[str | None, bytes]], word: re.Match[bytes]) -> None:
    charset = decode(word[1]).partition("*")[0].lower()
    content = from_base64(word[3]) if word[2] in b"bB" else _from_q(word[3])
    if pieces and pieces[-1][0] == charset:
        pieces[-1] = (charset, pieces[-1][1] + content)
    else:
        pieces.append((charset, content))


def _piece_text(charset: str | None, chunk: bytes, fallback: str | None) -> str:
    if charset:
        return decode(chunk, charset)
    return raw_text(chunk, fallback)


def raw_text(chunk: bytes, fallback: str | None = None) -> str:
    """Return bytes that came without a charset: utf-8, else `fallback`, else cp1252."""
    try:
        return chunk.decode("utf-8")
    except UnicodeDecodeError:
        return decode(chunk, fallback or "cp1252")


def _from_q(raw: bytes) -> bytes:
    return _HEX.sub(lambda found: bytes([int(found[1], 16)]), raw.replace(b"_", b" "))


def _unquoted(raw: bytes) -> bytes:
    raw = raw.strip()
    if raw.startswith(b'"'):
        raw = raw[1:]
        raw = raw[:-1] if raw.endswith(b'"') else raw
        # Only quotes and backslashes are escaped: C:\new\file.txt keeps its backslashes.
        return re.sub(rb'\\(["\\])', rb"\1", raw)
    return raw


def _parameter(parts: list[tuple[int, bool, bytes]], fallback: str | None) -> str:
    # RFC 2231 wins over a plain value of the same name that stands beside it.
    if any(encoded for _, encoded, _ in parts):
        numbered = [part for part in parts if part[1] or part[0]] if len(parts) > 1 else parts
        parts = numbered or parts
    parts = sorted(parts, key=lambda part: part[0])
    if not any(encoded for _, encoded, _ in parts):
        return decode_words(b"".join(chunk for _, _, chunk in parts), fallback)
    charset, raw = "", b""
    for place, (_, encoded, chunk) in enumerate(parts):
        if encoded and place == 0 and chunk.count(b"'") >= 2:
            name, _, chunk = chunk.split(b"'", 2)
            charset = decode(name)
        raw += _from_percent(chunk) if encoded else chunk
    return one_line(decode(raw, charset or None))


def _from_percent(raw: bytes) -> bytes:
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), raw)
