"""Bounces written for people only: told from other mail, and read recipient by recipient."""

import re

from msgspec import Struct

from channels.email.automatic import is_out_of_office
from channels.email.bounce_words import (
    DELAYED,
    FAILED_SUBJECT,
    FAILED_TEXT,
    MACHINE_TEXT,
    ORIGINAL_BELOW,
)
from channels.email.mail import Mail
from channels.email.mime import leaves
from channels.email.refusals import Cause, cause_of, status_in
from channels.email.subjects import base

_DAEMON = re.compile(
    r"^(?:mailer[-_.]?daemon|post[-_]?master|mail[-_]?daemon|mmdf|bounces?|mailer|mailadmin|mailsystem|"
    r"mail[-_.]?delivery|mdaemon|smtpd?|mailerdaemon)\b|"
    r"^microsoftexchange[0-9a-f]{16,}",
    re.I,
)
_DAEMON_NAME = re.compile(
    r"mail(?:er)? ?(?:delivery )?(?:sub)?system|mailer[- ]?daemon|mail administrator|"
    r"system administrator|postmaster|mail delivery (?:service|system)|mail ?router|"
    r"delivery (?:sub)?system|internet mail (?:delivery|connector)",
    re.I,
)
_SUBJECT = re.compile(FAILED_SUBJECT, re.I)
_TEXT = re.compile(FAILED_TEXT, re.I)
_MACHINE = re.compile(MACHINE_TEXT, re.I)
_DELAYED = re.compile(DELAYED, re.I)
_BELOW = re.compile(ORIGINAL_BELOW, re.I | re.M)
_REPLY = re.compile(
    r"\b[45][0-5]\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3}|(?-i:[A-Z][a-z]+ |[A-Z]{3,}|[<#(]))|"
    r"\b[45][0-5]\d[- :][^\n]{0,80}"
    r"(?:unknown|rejected|denied|unavailable|full|exist|not found)",
    re.I,
)
_SPEC = r"[^\s<>@,;:()\"'\[\]]{1,100}@[^\s<>@,;:()\"'\[\]]{1,250}?"
_ALONE = re.compile(
    rf"^[ \t*>-]{{0,20}}(?:<({_SPEC})>|(?:mailto:)?({_SPEC}))[ \t]*"
    rf"(?:\(.{{0,120}}\)|<(?:mailto:)?{_SPEC}>|\[SMTP:[^\]]*\]|\.{{3}}.{{0,200}}|"
    r"[:;](?:[ \t].{0,1000})?|on \d.{0,80})?[ \t.]*$",
    re.M,
)
_NAMED = re.compile(
    rf"(?:rcpt to|final-recipient|original-recipient|recipients?(?: address)?|"
    rf"deliver(?:ed|y|able)? to|delivering (?:it )?to|"
    rf"send(?:ing)? to|addressed to|message to|sent to|an folgende|\bto|\bfor|\buser|address)"
    rf"\b[ \t:=;]{{0,4}}(?:rfc822;)?[ \t]*[<\"']?({_SPEC})(?=[\s<>,;:()\"'\]]|\.?\s|$)",
    re.I,
)
_ANY = re.compile(rf"({_SPEC})(?=[\s<>,;:()\"'\]]|$)")
_SECTION = re.compile(r"\n[ \t]*-{3,}[^\n]*")
_READ_CHARACTERS = 60_000
_RECIPIENTS = 1000


class Told(Struct, frozen=True, kw_only=True):
    """What a bounce's text says about one recipient."""

    address: str | None
    said: str
    delayed: bool


def looks_like_bounce(mail: Mail) -> bool:
    """Return whether a mail without a machine-readable part is a bounce.

    Failure words alone never do: people write them too. A mail server must have sent it.
    """
    if mail.words("x-failed-recipients"):
        return True
    kind = mail.root.type
    report = kind.parameters.get("report-type", "").lower()
    if kind.value == "multipart/report" and report in ("", "delivery-status"):
        return True
    if _is_list(mail) or is_out_of_office(mail.subject) or base(mail.subject) != mail.subject:
        return False
    subject = bool(_SUBJECT.search(mail.subject))
    path = mail.root.raw_header("return-path")
    nobody = path is not None and path.strip() in (b"<>", b"<MAILER-DAEMON>", b"")
    known = _is_from_daemon(mail)
    daemon = nobody or known
    if not daemon and not subject:
        return False
    text = _text(mail)
    if daemon and (subject or _REPLY.search(text)):
        return True
    words = _TEXT if known else _MACHINE
    return words.search(text) is not None


def told(mail: Mail) -> list[Told]:
    """Return what a bounce's text says, once per recipient; one without an address at least."""
    text = _text(mail)
    delayed = _is_delay(mail.subject, text)
    given = [one.strip() for one in re.split(r"[,;\s]+", _failed_header(mail)) if "@" in one]
    ours = _own(mail)
    places = _places(text, ours) if not given else _places_of(text, given)
    if not places:
        return [Told(address=None, said=text.strip() or mail.subject, delayed=delayed)]
    found = []
    for (address, begin), following in zip(places, [*places[1:], None], strict=True):
        end = following[1] if following and following[1] > begin else len(text)
        own = _SECTION.split(text[begin:end], maxsplit=1)[0] if begin >= 0 else ""
        said = own if _says_why(own) else _line_about(address, text) or text[max(begin, 0) :]
        said = said if _says_why(said) else text
        found.append(Told(address=address, said=_reason(said), delayed=delayed))
    return found[:_RECIPIENTS]


def _failed_header(mail: Mail) -> str:
    return ",".join(raw.decode("latin-1") for raw in mail.root.raw_headers("x-failed-recipients"))


def _is_from_daemon(mail: Mail) -> bool:
    senders = mail.addresses("from", "sender", "return-path")
    from_raw = mail.words("from")
    if any(_DAEMON.match(one.address) for one in senders):
        return True
    named = senders[0].name if senders else from_raw
    return bool(_DAEMON_NAME.search(named)) or bool(_DAEMON.match(from_raw.strip("<> ")))


def _is_list(mail: Mail) -> bool:
    return any(mail.root.raw_header(name) is not None for name in ("list-id", "list-unsubscribe"))


def _text(mail: Mail) -> str:
    """Return the bounce's own words, without the copy of the mail that came back."""
    text = mail.bodies.text[:_READ_CHARACTERS]
    if not text.strip():
        shown = [leaf for leaf in leaves(mail.root) if leaf.type.value.startswith("text/")]
        text = shown[0].content()[:_READ_CHARACTERS].decode("utf-8", "replace") if shown else ""
    below = _BELOW.search(text)
    return text[: below.start()] if below and text[: below.start()].strip() else text


def _is_delay(subject: str, text: str) -> bool:
    return bool(_DELAYED.search(subject) or _DELAYED.search(text[:3000]))


def _own(mail: Mail) -> set[str]:
    """Return the addresses in the bounce's head: whom it is from and to is not who failed."""
    names = ("from", "to", "sender", "return-path", "reply-to", "delivered-to")
    return {one.address.casefold() for one in mail.addresses(*names)}


def _places(text: str, ours: set[str]) -> list[tuple[str, int]]:
    for pattern in (_ALONE, _NAMED, _ANY):
        found: dict[str, tuple[str, int]] = {}
        for one in pattern.finditer(text):
            address = next(filter(None, one.groups())).strip(".")
            known = address.casefold()
            if known not in ours and not _DAEMON.match(address) and "." in address:
                found.setdefault(known, (address, one.start()))
        if found:
            places = list(found.values())
            return places if pattern is _ALONE else places[:1] if pattern is _ANY else places
    return []


def _places_of(text: str, given: list[str]) -> list[tuple[str, int]]:
    low = text.lower()
    unique = {one.casefold(): one for one in given}
    return sorted(
        ((one, low.find(known)) for known, one in unique.items()), key=lambda place: place[1]
    )


def _says_why(text: str) -> bool:
    return bool(status_in(text) or _REPLY.search(text)) or cause_of(None, text) is not Cause.OTHER


def _line_about(address: str, text: str) -> str:
    """Return the line of a transcript in which a server answers about `address`."""
    lines = text.split("\n")
    known = address.casefold()
    told_lines = (line for line in lines if known in line.casefold() and _says_why(line))
    return next(told_lines, "")


def _reason(said: str) -> str:
    """Return the words about one recipient from where the server's own begin."""
    code = _REPLY.search(said)
    if not code:
        return " ".join(said.split())[:2000]
    begin = said.rfind("\n", 0, code.start()) + 1
    return " ".join(said[begin:].split())[:2000]
