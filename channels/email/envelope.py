"""The envelope a mail came in, written above it; and what of a mail is the same on every way."""

import hashlib
import re

from msgspec import Struct

from channels.email.addresses import to_unicode
from channels.email.mime import BLANK_LINE, HEADER_BYTES, tidy

# What the way here adds; the same mail has other ones each time it is brought.
_ADDED = re.compile(
    rb"^(?:received|return-path|delivered-to|x-original-to|envelope-to|x-forwarded-to)[ \t]*:", re.I
)
# What only we may say of a mail that came by an envelope.
_OURS = re.compile(rb"^(?:return-path|delivered-to|x-original-to|envelope-to)[ \t]*:", re.I)
_BREAK = re.compile(rb"(?:\r\n|\r(?!\n)|\n)(?![ \t])")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class Envelope(Struct, frozen=True):
    """Who handed a mail over and for whom, as told to our own door."""

    sender: str  # "" is the null path of bounces
    recipients: tuple[str, ...]


def digest(raw: bytes) -> str:
    """Return the SHA-256 in hex of a mail without what each way here adds to it."""
    head, body = _split(tidy(raw))
    kept = [_LINE_END.sub(b"\n", line) for line in _BREAK.split(head) if not _ADDED.match(line)]
    content = _LINE_END.sub(b"\n", body).rstrip(b"\n")
    return hashlib.sha256(b"\n".join(kept) + b"\n\n" + content).hexdigest()


def with_envelope(raw: bytes, envelope: Envelope) -> bytes:
    """Return `raw` with Return-Path and Delivered-To as the envelope says, and no others."""
    head, body = _split(tidy(raw))
    kept = [line for line in _BREAK.split(head) if line and not _OURS.match(line)]
    added = [b"Return-Path: <" + _safe(envelope.sender) + b">"]
    added += [b"Delivered-To: " + _safe(one) for one in envelope.recipients]
    return b"\r\n".join([*added, *kept]) + b"\r\n\r\n" + body


def _safe(address: str) -> bytes:
    local, at, domain = re.sub(r"[\s<>\x00-\x1f\x7f]", "", address).rpartition("@")
    return f"{local}{at}{to_unicode(domain)}".encode("utf-8", "replace")


def _split(raw: bytes) -> tuple[bytes, bytes]:
    if raw.startswith((b"\r\n", b"\n", b"\r")):
        return b"", _LINE_END.sub(b"", raw, count=1)
    blank = BLANK_LINE.search(raw, 0, HEADER_BYTES + 4)
    if blank is None:
        return raw, b""
    return raw[: blank.start()], raw[blank.end() :]
