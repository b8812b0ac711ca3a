"""A forwarded mail taken apart: what the forwarder wrote, and the mail inside as it was made.

Two marks are looked for: a header block in any of many languages ("Von: … Gesendet: …"), and a line
that says a mail was forwarded or, in a mail whose subject says so, who wrote the rest and when.
"""

# ruff: noqa: RUF001  (letters of many scripts are the point)

import re

from msgspec import Struct

from channels.email.addresses import Address
from channels.email.attributions import attribution
from channels.email.forward_headers import BLOCK_LINES, MARKS, Block, block_of, field_line
from channels.email.forward_words import BEGINS, FORWARDED, SUBJECT, FieldName
from channels.email.mail import Mail, read
from channels.email.mime import leaves
from channels.email.people import people
from channels.email.quote_words import ORIGINAL
from channels.email.subjects import base

_SUBJECT = re.compile(rf"^\s*(?:{SUBJECT})\s*(?:[\[(]\d{{1,3}}[\])])?\s*[:：]", re.I)
_BEGINS = re.compile(rf"^[ \t>|]{{0,10}}(?:{BEGINS})[ \t]*[:：]?[ \t]*$", re.I | re.M)
_RULED = re.compile(
    r"^[ \t>|]{0,10}[-_=*\u2014\u2013]{2,}[ \t]*([^\n_=*\u2014\u2013-][^\n]{1,70}?)"
    r"[ \t]*[-_=*\u2014\u2013]{2,}",
    re.M,
)
_FORWARDED = re.compile(rf"(?:{FORWARDED})[ \t:]*", re.I)
_ORIGINAL = re.compile(rf"^[ \t>]{{0,10}}-{{2,}}[ \t]*(?:{ORIGINAL})[ \t]*-{{2,}}", re.I | re.M)
_TITLE = re.compile(r"^[ \t>|]{0,10}[^\n:：>]{5,60}[:：][ \t]*$", re.M)
_RULE_ABOVE = re.compile(r"(?:\n|^)[ \t>*]*[-_=*]{3,}[ \t]*\Z")
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_AS_SPACE = re.compile("[\u00a0\u2007\u202f]")
_BLOCK_CHARACTERS = 20_000
_TRIED = 200  # places in one mail where a header block is looked for
_MESSAGE_TYPES = ("message/rfc822", "message/global")
_FINNISH_ANSWER = ("vs", "lähettäjä")


class Forward(Struct, frozen=True, kw_only=True):
    """A forwarded mail. `date` is as it was written; an empty field was not there."""

    note: str  # what the forwarder wrote above it
    sender: Address
    body: str
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: str = ""


def is_forward(subject: str) -> bool:
    """Return whether a subject begins with the prefix of a forward in one of many languages."""
    return _SUBJECT.match(subject) is not None


def split(text: str, subject: str | None = None) -> Forward | None:
    """Return the mail forwarded in a plain text body, or None when none is.

    Args:
        text: the whole body, with quotes.
        subject: of the mail around it; None when it is not known. Without a forward's prefix
            only what says "forwarded" counts, because answers quote headers in the same way.
    """
    text = _AS_SPACE.sub(" ", _INVISIBLE.sub("", text.replace("\r\n", "\n")))
    said = subject is not None and is_forward(subject)
    inner = base(subject) if subject and said else ""
    found = _marked(text, said=said) or (_bare(text, subject or "") if said else None)
    if found is None and said:
        found = _attributed(text)
    if found is None:
        return None
    return _with_subject(found, inner)


def forwarded(mail: Mail) -> Forward | None:
    """Return the mail forwarded in `mail`, attached whole or quoted in its text."""
    attached = [part for part in leaves(mail.root) if part.type.value in _MESSAGE_TYPES]
    if len(attached) == 1 and (is_forward(mail.subject) or not mail.bodies.text.strip()):
        inner = read(attached[0].content())
        if inner.sender:
            return Forward(
                note=mail.bodies.text.strip(),
                sender=inner.sender,
                body=inner.bodies.text.strip(),
                to=tuple(inner.addresses("to")),
                cc=tuple(inner.addresses("cc")),
                subject=inner.subject,
                date=inner.words("date"),
            )
    return split(mail.bodies.text, mail.subject)


def _with_subject(found: Forward, subject: str) -> Forward:
    return Forward(
        note=found.note,
        sender=found.sender,
        body=found.body,
        to=found.to,
        cc=found.cc,
        subject=found.subject or subject,
        date=found.date,
    )


def _marked(text: str, *, said: bool) -> Forward | None:
    """Find a line that says what follows was forwarded, and the header block below it."""
    limit = len(text) if said else _answer_begins(text)
    places: list[tuple[int, int]] = []
    for pattern in (_BEGINS, _RULED, _TITLE):
        for number, line in enumerate(pattern.finditer(text, 0, limit)):
            if number > _TRIED:
                break
            if pattern is not _RULED or said or _FORWARDED.fullmatch(line[1].strip()):
                places.append(line.span())
    for begin, end in sorted(places):
        block = block_of(text[end : end + _BLOCK_CHARACTERS].split("\n"))
        if block and (said or len(block.fields) > 2 or _says_forwarded(text[begin:end])):
            return _forward(text[:begin], text[end:], block)
    return None


def _says_forwarded(line: str) -> bool:
    return _FORWARDED.fullmatch(line.strip(" \t>|-_=*:：\u2014\u2013")) is not None


def _answer_begins(text: str) -> int:
    wrote, original = attribution(text), _ORIGINAL.search(text)
    begins = [wrote[0]] if wrote else []
    return min([*begins, *([original.start()] if original else []), len(text)])


def _bare(text: str, subject: str) -> Forward | None:
    """Find a header block that no line announces: Outlook draws a rule above it, at most."""
    lines = text.split("\n")
    at, tried = 0, 0
    for place, line in enumerate(lines):
        if tried < _TRIED and field_line(MARKS.sub("", line)):
            tried += 1
            block = block_of(lines[place : place + BLOCK_LINES])
            if block:
                prefix = subject.partition(":")[0].strip().casefold()
                if (prefix, block.labels[0]) == _FINNISH_ANSWER:
                    return None
                return _forward(text[:at], text[at:], block)
        at += len(line) + 1
    return None


def _attributed(text: str) -> Forward | None:
    """Take the line "On Friday, Ann <ann@example.com> wrote:" for the header of the rest."""
    span = attribution(text)
    if span is None:
        return None
    begin, end = span
    line = " ".join(MARKS.sub("", one) for one in text[begin:end].split("\n"))
    who = _wrote(line)
    if who is None:
        return None
    sender, date = who
    rest = text[end:].lstrip("\n").split("\n")
    marked = bool(rest and MARKS.match(rest[0]))
    return Forward(
        note=_note(text[:begin]), sender=sender, date=date, body=_body(rest, marked=marked)
    )


_WRITER = re.compile(
    r"(?P<before>.*?)(?P<name>[\"\u201c\u201d\u201e\u00ab'][^\"\u201c\u201d\u201e\u00ab\u00bb]{1,80}"
    r"[\"\u201c\u201d\u00bb']|[^,<>\[\d]{0,80}?)[ ]*[<\[(](?:mailto:)?(?P<address>[^\s<>\[\]()@]+@"
    r"[^\s<>\[\]()]+)[>\])](?P<after>.*)",
    re.S,
)
_BARE_WRITER = re.compile(
    r"(?P<before>.*?)(?P<name>)(?P<address>[^\s<>\[\]()@]+@[^\s<>\[\]()@,:]+)(?P<after>.*)", re.S
)
_VERB = (
    r"(?:wrote|writes|schrieb|geschrieben|a écrit|escribió|escreveu|ha scritto|schreef|skrev|"
    r"kirjoitti|napisał\(a\)|napisał|napisal|napsal\(a\)|napsal|napísal\(a\)|napísal|написал\(а\)|"
    r"написал|написав|пише|пользователь|uživatel|używatel|použivateľ|følgende|följande|yazdı|"
    r"şunları|şunu|tarihinde|a scris|írta|ezt|dátummal|a\(z\)|heeft|používateľ|kl\.|kello|om|um|at"
    r")(?!\w)"
)
_VERBS = re.compile(rf"\b{_VERB}", re.I)
_AT_BEGIN = re.compile(rf"^(?:{_VERB}[ ,]*)+", re.I)
_AT_END = re.compile(rf"(?:[ ,]+{_VERB})+[ ,]*$", re.I)
_OPENS = re.compile(
    r"^[ \t>]*(?:On|Am|Le|El|Il|Op|Den|På|Em|Dnia|W dniu|Dne|Dňa|Pada|Vào|Στις)\b[ ]?", re.I
)


def _wrote(line: str) -> tuple[Address, str] | None:
    found = _WRITER.match(line) or _BARE_WRITER.match(line)
    if not found:
        return None
    name = _VERBS.sub("", found["name"]).strip(" ,:\"'\u201c\u201d\u201e\u00ab\u00bb")
    date = found["before"] if re.search(r"\d", found["before"]) else found["after"]
    date = _AT_END.sub("", _AT_BEGIN.sub("", _OPENS.sub("", date.strip(" ,:;")))).strip(" ,:;")
    return Address("" if name == found["address"] else name, found["address"]), date


def _forward(above: str, below: str, block: Block) -> Forward | None:
    lines = below.split("\n")[block.body_line :]
    senders = people(block.fields[FieldName.FROM], one=True)
    if not senders:
        return None
    return Forward(
        note=_note(above),
        sender=senders[0],
        body=_body(lines, marked=block.marked),
        to=people(block.fields.get(FieldName.TO, "")),
        cc=people(block.fields.get(FieldName.CC, "")),
        subject=block.fields.get(FieldName.SUBJECT, ""),
        date=block.fields.get(FieldName.DATE, ""),
    )


def _note(above: str) -> str:
    bare = _RULE_ABOVE.sub("", above.rstrip())
    lines = bare.split("\n")
    while lines and not MARKS.sub("", lines[-1]).strip():
        lines.pop()
    return "\n".join(lines).strip()


def _body(lines: list[str], *, marked: bool) -> str:
    if marked:
        lines = [MARKS.sub("", one) for one in lines]
    return "\n".join(one.rstrip() for one in lines).strip()
