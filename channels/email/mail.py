"""A raw mail read: what its headers and bodies say, before anyone decides what that means."""

import re
from datetime import datetime, timedelta

from msgspec import Struct

from channels.email.addresses import Address, addresses
from channels.email.bodies import Bodies, bodies
from channels.email.headers import date, decode_words
from channels.email.mime import Part, leaves, tree
from channels.email.smime import opened

_ID = re.compile(r"<([^<>\s]+)>")
_SUBJECT_LIMIT = 998
_OLDEST, _EARLIEST = timedelta(days=7), timedelta(days=1)


class Mail(Struct, frozen=True, kw_only=True):
    """One mail as its sender made it. Message-IDs are without angle brackets."""

    root: Part
    bodies: Bodies
    charset: str | None  # of the first text part: what undeclared header bytes are in
    subject: str
    date: datetime | None
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]

    def addresses(self, *names: str) -> list[Address]:
        """Return the mailboxes of these headers (lower case), in order."""
        return [
            one
            for name in names
            for raw in self.root.raw_headers(name)
            for one in addresses(raw, self.charset)
        ]

    def words(self, name: str) -> str:
        """Return an unstructured header's text, "" when absent."""
        return decode_words(self.root.raw_header(name) or b"", self.charset)

    @property
    def sender(self) -> Address | None:
        """Who wrote: the first of From, Reply-To, Return-Path, Sender that has an address."""
        for name in ("from", "reply-to", "return-path", "sender"):
            found = self.addresses(name)
            if found:
                return found[0]
        return None


def read(raw: bytes) -> Mail:
    """Return what any bytes say as a mail. Never fails."""
    root = opened(tree(raw), raw)
    charset = next(
        (
            leaf.type.parameters["charset"]
            for leaf in leaves(root)
            if leaf.type.value.startswith("text/") and leaf.type.parameters.get("charset")
        ),
        None,
    )
    own = ids(root, "message-id")
    return Mail(
        root=root,
        bodies=bodies(root, charset),
        charset=charset,
        subject=decode_words(root.raw_header("subject") or b"", charset)[:_SUBJECT_LIMIT],
        date=date(root.raw_header("date") or b""),
        message_id=own[0] if own else None,
        in_reply_to=ids(root, "in-reply-to"),
        references=ids(root, "references"),
    )


def sent_at(mail: Mail) -> datetime | None:
    """Return when a mail was written: as its Date says, unless the first server's clock is far off.

    A Date a week before, or a day after, the topmost Received is a clock gone wrong.
    """
    trace = mail.root.raw_header("received")
    received = date(trace.rpartition(b";")[2]) if trace and b";" in trace else None
    if received is None or mail.date is None:
        return mail.date or received
    if received - _OLDEST <= mail.date <= received + _EARLIEST:
        return mail.date
    return received


def ids(root: Part, name: str) -> tuple[str, ...]:
    """Return the Message-IDs in a header, each once, in order, without brackets."""
    text = " ".join(decode_words(raw) for raw in root.raw_headers(name))
    found = _ID.findall(text)
    if not found and name == "message-id":
        found = text.split()[:1]
    return tuple(dict.fromkeys(one.strip() for one in found if one.strip()))
