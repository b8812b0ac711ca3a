"""What every door does with a mail: its keys, one arrival."""

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
