"""What every door does with a mail: its keys, one arrival; and stand-ins for what cannot be had."""

import hashlib

from msgspec import Struct
from msgspec.structs import replace

from channels.email.envelope import Envelope, digest, with_envelope
from channels.email.mail import read
from channels.email.mime import CONTENT_FIELD
from channels.email.threads import History, history_mark, order_key, sent_mark
from desk.ports.channel import Arrival


def arrival(raw: bytes, secret: str, envelope: Envelope | None = None) -> Arrival:
    """Return the arrival for a raw mail, from whichever door.

    With an envelope, Return-Path and Delivered-To are written from it above the mail, and
    headers of that name that came in it are dropped: they may be forged.
    """
    raw = raw if envelope is None else with_envelope(raw, envelope)
    mail = read(raw)
    key = digest(raw)
    return Arrival(
        dedupe_key=f"{(mail.message_id or '')[:200]} {key}",
        order_key=order_key(mail, secret, key),
        raw=raw,
    )


class Opening(Struct, frozen=True):
    """The beginning of a mail: its header, and its first text with the header of that part."""

    header: bytes
    part_header: bytes = b""
    text: bytes = b""  # as it is on the wire: encoded, perhaps cut


def too_large(opening: Opening, size_bytes: int) -> bytes:
    """Return a mail with this header and this text that says why the rest is not here."""
    kept = CONTENT_FIELD.sub(b"", opening.header).rstrip(b"\r\n")
    note = (
        f"[This mail has {size_bytes / 1_000_000:.1f} MB, more than this inbox takes. "
        "The whole of it is still on the mail server.]"
    ).encode()
    if not opening.text.strip():
        return kept + b"\r\n\r\n" + note + b"\r\n"
    edge = b"parley-" + hashlib.sha256(opening.text).hexdigest().encode()
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="' + edge + b'"'
    # A mail of one part has its type in its own header.
    fields = b"".join(CONTENT_FIELD.findall(opening.part_header or opening.header + b"\r\n"))
    parts = (fields + b"\r\n" + opening.text, b"\r\n" + note)
    body = b"".join(b"--" + edge + b"\r\n" + part + b"\r\n" for part in parts)
    return kept + b"\r\n" + head + b"\r\n\r\n" + body + b"--" + edge + b"--\r\n"


def sent(raw: bytes, secret: str) -> Arrival:
    """Return the arrival for a mail found in our own Sent folder, marked so that it is believed."""
    return arrival(sent_mark(raw, secret) + raw, secret)


def old(raw: bytes, secret: str, history: History) -> Arrival:
    """Return the arrival for a mail that was there before us; its key is that of the bare mail."""
    one = arrival(raw, secret)
    return replace(one, raw=history_mark(raw, secret, history) + raw)


def unfetched(uid: int, address: str) -> bytes:
    """Return a stand-in without a sender, which is quarantined, for a mail the server withholds."""
    return (
        f"Subject: A mail that cannot be fetched\r\n\r\n"
        f"The mail server failed three times to hand over the mail with UID {uid} of {address}. "
        "It is still there; look at it with a mail program.\r\n"
    ).encode()
