"""A forwarded mail taken apart: what the forwarder wrote, and the mail inside as it was made.

Two marks are looked for: a header block in any of many languages ("Von: … Gesendet: …"), and a line
that says a mail was forwarded or, in a mail whose subject says so, who wrote the rest and when.
"""

# ruff: noqa: RUF001  (letters of many scripts are the point)

import re
from collections.abc import Iterable

from msgspec import Struct

from channels.email.addresses import Address
from channels.email.attributions import attribution
from channels.email.forward_words import BEGINS, FIELD_OF, FORWARDED, LABELS, SUBJECT, FieldName
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
_LINE = re.compile(
    r"^[ \t]*[*_]{0,3}([^\n:：*_]{1,30}?)[ \t*_]{0,4}[:：][ \t]?[*_]{0,3}[ \t]*([^\n]*)$"
)
_MARKS = re.compile(r"^[ \t]{0,3}[>|] ?")


def _not_within(label: str) -> str:
    if len(label) < 2:
        return r"(?<=[>\s])"
    return r"(?<![A-ZÀ-Þ])" if len(label) == 2 and label.lower() != label.upper() else ""


_CASED = {one.title() for one in LABELS} | LABELS | {"CC"}
# A field's name glued to what stands before it; a single letter only to an address.
_GLUED = re.compile(
    "(?:"
    + "|".join(_not_within(one) + re.escape(one) for one in sorted(_CASED, key=len, reverse=True))
    + r") ?: ?"
)
_RULE_ABOVE = re.compile(r"(?:\n|^)[ \t>*]*[-_=*]{3,}[ \t]*\Z")
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_AS_SPACE = re.compile("[\u00a0\u2007\u202f]")
_HAS_ADDRESS = re.compile(r"[^\s<>@\[\]]@[^\s<>@\[\]]")
# What the line below an empty field must hold to be its value.
_VALUE_OF = {
    FieldName.FROM: _HAS_ADDRESS,
    FieldName.TO: _HAS_ADDRESS,
    FieldName.CC: _HAS_ADDRESS,
    FieldName.DATE: re.compile(r"\d{1,2}\D"),
    FieldName.SUBJECT: re.compile(r"(?!)"),  # told by the field below it
}
_BLOCK_LINES = 40
_BLOCK_CHARACTERS = 20_000
_TRIED = 200  # places in one mail where a header block is looked for
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


class _Block(Struct):
    """A header block found: its fields, and the line where the body begins."""

    fields: dict[FieldName, str]
    labels: tuple[str, ...]
    body_line: int
    marked: bool


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
        block = _block(text[end : end + _BLOCK_CHARACTERS].split("\n"))
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
        if tried < _TRIED and _field_of(_MARKS.sub("", line)):
            tried += 1
            block = _block(lines[place : place + _BLOCK_LINES])
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
    line = " ".join(_MARKS.sub("", one) for one in text[begin:end].split("\n"))
    who = _wrote(line)
    if who is None:
        return None
    sender, date = who
    rest = text[end:].lstrip("\n").split("\n")
    marked = bool(rest and _MARKS.match(rest[0]))
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


def _forward(above: str, below: str, block: _Block) -> Forward | None:
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
    while lines and not _MARKS.sub("", lines[-1]).strip():
        lines.pop()
    return "\n".join(lines).strip()


def _body(lines: list[str], *, marked: bool) -> str:
    if marked:
        lines = [_MARKS.sub("", one) for one in lines]
    return "\n".join(one.rstrip() for one in lines).strip()


def _field_of(line: str) -> tuple[FieldName, str, str] | None:
    found = _LINE.match(line)
    if not found:
        return None
    label = " ".join(found[1].split()).casefold()
    name = FIELD_OF.get(label)
    return (name, label, found[2].strip().strip("*").strip()) if name else None


def _block(lines: list[str]) -> _Block | None:
    """Read the header block at the top of `lines`; None when they do not begin with one."""
    begin = 0
    while begin < min(len(lines), 6) and not _MARKS.sub("", lines[begin]).strip():
        begin += 1
    if begin >= len(lines):
        return None
    glued = _glued(lines, begin)
    if glued:
        return glued
    reader = _BlockReader(marked=_MARKS.match(lines[begin]) is not None)
    place = begin
    while place < min(len(lines), begin + _BLOCK_LINES) and reader.takes(lines, place):
        place += 1
    fields = reader.fields
    if FieldName.FROM not in fields or len(fields) < 2:
        return None
    return _Block(fields, tuple(reader.labels), place, reader.marked)


class _BlockReader:
    """Takes header lines one by one, until one is none."""

    def __init__(self, *, marked: bool) -> None:
        self.marked = marked
        self.fields: dict[FieldName, str] = {}
        self.labels: list[str] = []
        self.last: FieldName | None = None
        self.seen = 0

    def takes(self, lines: list[str], place: int) -> bool:
        """Take the line at `place`; return False when the header ended before it."""
        line = _MARKS.sub("", lines[place]) if self.marked else lines[place]
        found = _field_of(line)
        if found and self._is_new(found[0], found[1]):
            self._begin(*found)
            return True
        if self.last is None:
            return False
        if not line.strip():
            return self._goes_on_below(lines, place)
        if self._continues(line) or self._is_wrapped(lines, place):
            if self.last is not FieldName.OTHER:
                self.fields[self.last] = f"{self.fields[self.last]} {line.strip()}".strip()
            return True
        return False

    def _is_new(self, name: FieldName, label: str) -> bool:
        return name is FieldName.OTHER or name not in self.fields

    def _begin(self, name: FieldName, label: str, value: str) -> None:
        self.last = name
        self.labels.append(label)
        self.seen += 1
        if name is not FieldName.OTHER:
            self.fields[name] = value

    def _continues(self, line: str) -> bool:
        if self.last is FieldName.OTHER or self.last is None:
            return line.startswith((" ", "\t"))
        value = self.fields[self.last]
        if not value:
            return bool(_VALUE_OF[self.last].search(line))
        if self.last in (FieldName.TO, FieldName.CC, FieldName.FROM):
            opened = value.count("<") > value.count(">") or value.count("[") > value.count("]")
            follows = line.lstrip().startswith(("<", "["))
            names_more = bool(_HAS_ADDRESS.search(line)) and value.endswith((",", ";"))
            wrapped = value.endswith((",", ";")) or line.rstrip().endswith((">", ">,", ">;"))
            return opened or follows or names_more or wrapped
        return line.startswith(("\t", "  ")) and self.last is FieldName.SUBJECT

    def _is_wrapped(self, lines: list[str], place: int) -> bool:
        """Return whether the line is the end of a value: the next line is a field again."""
        following = lines[place + 1] if place + 1 < len(lines) else ""
        found = _field_of(_MARKS.sub("", following) if self.marked else following)
        return bool(found and found[0] not in self.fields and self.last is FieldName.SUBJECT)

    def _goes_on_below(self, lines: list[str], place: int) -> bool:
        """Return whether the block goes on after an empty line, as HTML turned to text has it."""
        for line in lines[place + 1 : place + 3]:
            bare = _MARKS.sub("", line) if self.marked else line
            if bare.strip():
                found = _field_of(bare)
                return bool(found and self._is_new(found[0], found[1]) and len(self.fields) < 5)
        return False


def _glued(lines: list[str], begin: int) -> _Block | None:
    """Read a header block that some web mail writes on one line: "From: A <a@b>To: …Subject: …"."""
    line = " " + _MARKS.sub("", lines[begin])
    places = _first_of_each(_GLUED.finditer(line))
    if len(places) < 3 or line[: places[0].start()].strip():
        return None
    fields: dict[FieldName, str] = {}
    labels = []
    for one, following in zip(places, [*places[1:], None], strict=True):
        label = one[0].strip(" :").casefold()
        value = line[one.end() : following.start() if following else len(line)]
        fields[FIELD_OF[label]] = value.strip()
        labels.append(label)
    if FieldName.FROM not in fields or len(fields) < 3:
        return None
    fields.pop(FieldName.OTHER, None)
    return _Block(fields, tuple(labels), begin + 1, marked=_MARKS.match(lines[begin]) is not None)


def _first_of_each(places: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    found: dict[FieldName, re.Match[str]] = {}
    for one in places:
        found.setdefault(FIELD_OF[one[0].strip(" :").casefold()], one)
    return list(found.values())
