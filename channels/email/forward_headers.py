"""The header block of a forwarded mail, read field by field, as many programs write it."""

# ruff: noqa: RUF001  (letters of many scripts are the point)

import re
from collections.abc import Iterable

from msgspec import Struct

from channels.email.forward_words import FIELD_OF, LABELS, FieldName

_LINE = re.compile(
    r"^[ \t]*[*_]{0,3}([^\n:：*_]{1,30}?)[ \t*_]{0,4}[:：][ \t]?[*_]{0,3}[ \t]*([^\n]*)$"
)
MARKS = re.compile(r"^[ \t]{0,3}[>|] ?")


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
_HAS_ADDRESS = re.compile(r"[^\s<>@\[\]]@[^\s<>@\[\]]")
# What the line below an empty field must hold to be its value.
_VALUE_OF = {
    FieldName.FROM: _HAS_ADDRESS,
    FieldName.TO: _HAS_ADDRESS,
    FieldName.CC: _HAS_ADDRESS,
    FieldName.DATE: re.compile(r"\d{1,2}\D"),
    FieldName.SUBJECT: re.compile(r"(?!)"),  # told by the field below it
}
BLOCK_LINES = 40


class Block(Struct):
    """A header block found: its fields, and the line where the body begins."""

    fields: dict[FieldName, str]
    labels: tuple[str, ...]
    body_line: int
    marked: bool


def field_line(line: str) -> tuple[FieldName, str, str] | None:
    """Return the field, its folded name and its value, for a line of a quoted header."""
    found = _LINE.match(line)
    if not found:
        return None
    label = " ".join(found[1].split()).casefold()
    name = FIELD_OF.get(label)
    return (name, label, found[2].strip().strip("*").strip()) if name else None


def block_of(lines: list[str]) -> Block | None:
    """Read the header block at the top of `lines`; None when they do not begin with one."""
    begin = 0
    while begin < min(len(lines), 6) and not MARKS.sub("", lines[begin]).strip():
        begin += 1
    if begin >= len(lines):
        return None
    glued = _glued(lines, begin)
    if glued:
        return glued
    reader = _BlockReader(marked=MARKS.match(lines[begin]) is not None)
    place = begin
    while place < min(len(lines), begin + BLOCK_LINES) and reader.takes(lines, place):
        place += 1
    fields = reader.fields
    if FieldName.FROM not in fields or len(fields) < 2:
        return None
    return Block(fields, tuple(reader.labels), place, reader.marked)


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
        line = MARKS.sub("", lines[place]) if self.marked else lines[place]
        found = field_line(line)
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
        found = field_line(MARKS.sub("", following) if self.marked else following)
        return bool(found and found[0] not in self.fields and self.last is FieldName.SUBJECT)

    def _goes_on_below(self, lines: list[str], place: int) -> bool:
        """Return whether the block goes on after an empty line, as HTML turned to text has it."""
        for line in lines[place + 1 : place + 3]:
            bare = MARKS.sub("", line) if self.marked else line
            if bare.strip():
                found = field_line(bare)
                return bool(found and self._is_new(found[0], found[1]) and len(self.fields) < 5)
        return False


def _glued(lines: list[str], begin: int) -> Block | None:
    """Read a header block that some web mail writes on one line: "From: A <a@b>To: …Subject: …"."""
    line = " " + MARKS.sub("", lines[begin])
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
    return Block(fields, tuple(labels), begin + 1, marked=MARKS.match(lines[begin]) is not None)


def _first_of_each(places: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    found: dict[FieldName, re.Match[str]] = {}
    for one in places:
        found.setdefault(FIELD_OF[one[0].strip(" :").casefold()], one)
    return list(found.values())
