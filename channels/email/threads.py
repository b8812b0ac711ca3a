"""Which case a mail belongs to: our signed Message-IDs, addresses and loop mark, read and made."""

import hashlib
import re
from datetime import datetime

from msgspec import Struct

from channels.email.addresses import base_of
from channels.email.mail import Mail
from desk.kit.ids import is_signed, sign

_LENGTH, _MARK = 10, 20
_BODY_CHARACTERS, _BODY_REFERENCES = 500_000, 20
_REFERENCE = re.compile(r"\[ref:(c\.\d{1,18}\.\d{1,18}\.[0-9a-f]{10})\]", re.I)
_ID = re.compile(r"^c\.(\d{1,18})\.(\d{1,18})\.([0-9a-f]{10})@[^@\s]*$", re.I)
_TAG = re.compile(r"^c(\d{1,18})\.([0-9a-f]{10})$", re.I)
_HISTORY = re.compile(rb"^X-Parley-History: ([0-9T:.+-]{19,40}) (waits|read) [0-9a-f]+$")
_NUMBER = re.compile(r"\[#(\d{1,12})\]")
RECIPIENT_HEADERS = ("delivered-to", "x-original-to", "envelope-to", "x-forwarded-to", "to", "cc")
LOOP_HEADER = "X-Parley-Loop"
SENT_HEADER = "X-Parley-Sent"
HISTORY_HEADER = "X-Parley-History"


class Proof(Struct, frozen=True):
    """A case proved by a token of ours, and the token as it stood there."""

    case_id: int
    token: str


class History(Struct, frozen=True):
    """When a mail came that was there before we were, and whether it still waits to be read."""

    came_at: datetime
    still_waits: bool


class Token(Struct, frozen=True):
    """What a Message-ID of ours says: the case and the message it was made for."""

    case_id: int
    message_id: int


def message_id(secret: str, case_id: int, message: int, domain: str) -> str:
    """Return the Message-ID (without brackets) of our message: the same each time it is sent."""
    mac = sign(secret, "email.message-id", f"{case_id}.{message}", _LENGTH)
    return f"c.{case_id}.{message}.{mac}@{domain}"


def token_of(secret: str, message_id: str) -> Token | None:
    """Return what a Message-ID of ours says, or None for a stranger's or a forged one."""
    found = _ID.match(message_id.strip("<> \t"))
    if not found:
        return None
    said = f"{found[1]}.{found[2]}"
    signed = is_signed(secret, "email.message-id", said, found[3].lower(), _LENGTH)
    return Token(int(found[1]), int(found[2])) if signed else None


def case_address(secret: str, case_id: int, address: str) -> str:
    """Return `address` with a signed +tag that leads answers into the case."""
    local, _, domain = address.rpartition("@")
    mac = sign(secret, "email.address", str(case_id), _LENGTH)
    return f"{local}+c{case_id}.{mac}@{domain}"


def case_of_tag(secret: str, tag: str) -> int | None:
    """Return the case that a +tag was signed for, or None."""
    found = _TAG.match(tag)
    if not found or not is_signed(secret, "email.address", found[1], found[2].lower(), _LENGTH):
        return None
    return int(found[1])


def loop_mark(secret: str, address: str) -> str:
    """Return what our loop header carries, so that we know our own automatic mail again."""
    return sign(secret, "email.loop", address.casefold(), _MARK)


def proof(mail: Mail, secret: str, own: frozenset[str]) -> Proof | None:
    """Return the case proved by a signed token: an address of ours, Message-IDs, the body."""
    for one in mail.addresses(*RECIPIENT_HEADERS):
        base, tag = base_of(one.address)
        case_id = case_of_tag(secret, tag) if tag and base in own else None
        if case_id is not None:
            return Proof(case_id, tag.lower())
    written = (f"{one}@" for one in _references(mail.bodies.text))
    for one_id in (*answered(mail), *written):
        token = token_of(secret, one_id)
        if token:
            return Proof(token.case_id, one_id.partition("@")[0].lower())
    return None


def reference(message_id: str) -> str:
    """Return a Message-ID of ours as it stands in a body, for servers that rewrite the header."""
    return f"[ref:{message_id.partition('@')[0]}]"


def without_reference(text: str) -> str:
    """Return a text without such references: they are no words of anybody."""
    return _REFERENCE.sub("", text)


def _references(text: str) -> list[str]:
    return _REFERENCE.findall(text[:_BODY_CHARACTERS])[:_BODY_REFERENCES]


def answered(mail: Mail) -> tuple[str, ...]:
    """Return the Message-IDs this mail answers, best first: In-Reply-To, then References back."""
    return tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))


def mentioned_number(subject: str) -> int | None:
    """Return the case number quoted in a subject as [#1042]. It proves nothing."""
    found = _NUMBER.search(subject)
    return int(found[1]) if found else None


def order_key(mail: Mail, secret: str, digest: str) -> str:
    """Return what one conversation's mails share, so that they are recorded in order.

    The root of References is the same in all of them; a client that sends only In-Reply-To
    answers us, and our Message-ID names the case.
    """
    known = (*mail.references[:1], *mail.in_reply_to[:1])
    for one in known:
        token = token_of(secret, one)
        return f"case:{token.case_id}" if token else f"id:{one[:200]}"
    return f"id:{(mail.message_id or digest)[:200]}"


def sent_mark(raw: bytes, secret: str) -> bytes:
    """Return the line that marks a mail of our Sent folder; signed, so nobody can forge it."""
    mark = sign(secret, "email.sent", hashlib.sha256(raw).hexdigest(), _MARK)
    return f"{SENT_HEADER}: {mark}\r\n".encode()


def is_sent(raw: bytes, secret: str) -> bool:
    """Return whether a mail was marked by `sent_mark`."""
    line, _, rest = raw.partition(b"\r\n")
    return line.startswith(SENT_HEADER.encode()) and line + b"\r\n" == sent_mark(rest, secret)


def history_mark(raw: bytes, secret: str, history: History) -> bytes:
    """Return the line that marks a mail as history; signed, so nobody can forge it."""
    said = f"{history.came_at.isoformat()} {'waits' if history.still_waits else 'read'}"
    mark = sign(secret, "email.history", f"{said} {hashlib.sha256(raw).hexdigest()}", _MARK)
    return f"{HISTORY_HEADER}: {said} {mark}\r\n".encode()


def history_of(raw: bytes, secret: str) -> History | None:
    """Return what `history_mark` said of a mail; None: it has just come."""
    line, _, rest = raw.partition(b"\r\n")
    found = _HISTORY.match(line)
    if found is None:
        return None
    try:
        said = History(datetime.fromisoformat(found[1].decode()), found[2] == b"waits")
    except ValueError:
        return None
    return said if line + b"\r\n" == history_mark(rest, secret, said) else None


def came_back(mail: Mail, secret: str, own: frozenset[str]) -> bool:
    """Return whether this is a mail we sent, come back: our Message-ID or loop mark."""
    if mail.message_id and token_of(secret, mail.message_id):
        return True
    mark = mail.words(LOOP_HEADER.lower())
    return bool(mark) and any(
        is_signed(secret, "email.loop", address.casefold(), mark, _MARK) for address in own
    )
