"""What every door does with a mail: its keys, one arrival; and stand-ins for what cannot be had."""

import re

from channels.email.envelope import Envelope, digest, with_envelope
from channels.email.mail import read
from channels.email.threads import order_key
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


_CONTENT_FIELD = re.compile(
    rb"^(?:content-[a-z-]+|mime-version)[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n", re.I | re.M
)


def too_large(header: bytes, size_bytes: int) -> bytes:
    """Return a mail with this header that says why its body is not here."""
    kept = _CONTENT_FIELD.sub(b"", header).rstrip(b"\r\n")
    note = (
        f"[This mail has {size_bytes / 1_000_000:.1f} MB, more than this inbox takes. "
        "The whole of it is still on the mail server.]"
    )
    return kept + b"\r\n\r\n" + note.encode() + b"\r\n"


def unfetched(uid: int, address: str) -> bytes:
    """Return a stand-in without a sender, which is quarantined, for a mail the server withholds."""
    return (
        f"Subject: A mail that cannot be fetched\r\n\r\n"
        f"The mail server failed three times to hand over the mail with UID {uid} of {address}. "
        "It is still there; look at it with a mail program.\r\n"
    ).encode()
