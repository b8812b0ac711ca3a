"""The line above a quote that says who wrote it and when, in any language."""

# ruff: noqa: RUF001  (letters of many scripts are the point)

import re

from channels.email.quote_words import COLON, STARTS, WROTE

_ADDRESS = r"[^\s<>@\"()]+@[^\s<>@\"()]+"
_WROTE_LINE = re.compile(
    rf"^.{{0,600}}?(?:{WROTE})(?!\w)[^\n:]{{0,40}}{COLON}?[ \t*_-]*$", re.I | re.S
)
_FIRST_LINE = re.compile(rf"^[ \t>*_-]{{0,20}}(?:(?:{STARTS})\b|\d)", re.I)
_MID_LINE = re.compile(r"(?<![-\w])-{0,5} ?\bOn [A-Z][a-z]{2},? [^\n]{4,120} wrote:$")
_GLUED = re.compile(r"(?<=\w)-{2,5} On [A-Z][a-z]{2},? [^\n]{4,120} wrote:$")
# "Ann <ann@example.com> kirjoitti 2.3.2026 kello 10.15:"
_NAMED_FIRST = re.compile(
    rf"^(?:[^\n<>]{{0,80}}<{_ADDRESS}>|"
    rf"(?-i:\w[\w'.-]{{1,20}} ){{0,3}}(?-i:[^\W\d_a-z][\w'.-]{{1,20}})) (?:{WROTE})(?!\w)"
    rf"[^\n]{{0,60}}\d[^\n]{{0,60}}{COLON}[ \t]*$",
    re.I,
)
_DASHED = re.compile(rf"^[ \t>]*-{{2,}} ?[^\n-][^\n]{{0,100}} (?:{WROTE}) ?-{{2,}}[ \t]*$", re.I)
_HAS_DATE = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[:.]\d{2}|\b(?:19|20)\d\d\b|\d年|\d년"
)
_HAS_WHO = re.compile(
    rf"{_ADDRESS}|<[^<>\n]{{1,80}}>|wrote|schrieb|écrit|escribió|scritto|skrev", re.I
)
_HAS_ADDRESS = re.compile(rf"{_ADDRESS}|<[^<>\n]{{1,80}}>")
_FIRST_PERSON = re.compile(r"\b(?:I(?:'ve|'d| had| have)?|ich|j'ai|yo|eu|io ho|jag|jeg|ik)\b")
# Any language: an address in brackets, a year, a time, and a colon at the end.
_BRACKETED = re.compile(rf"[<(\[]\s*(?:mailto:)?\W?{_ADDRESS}\s*[>)\]]")
_YEAR = re.compile(r"\d{4}|\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2}")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}")
_ENDS = re.compile(r"[:：][ \t*_\u200e\u200f\u202a-\u202e]*$")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_LONGEST = 400
_NAME_LINE = 80
_LINES_TRIED = 500  # lines that begin like "On Friday …" looked at in one mail


def attribution(text: str) -> tuple[int, int] | None:
    """Return where the lines begin and end that say who wrote what follows, and when."""
    tries = _LINES_TRIED
    lines = text.split("\n")
    at = 0
    for place, line in enumerate(lines):
        if tries and _FIRST_LINE.match(line):
            tries -= 1
            length = _length(lines[place : place + 5])
            if length:
                return at, at + length
        back = _told_back(lines, place)
        if back is not None:
            return at - back, at + len(line)
        if _DASHED.match(line) or (_NAMED_FIRST.match(line) and _says_when_or_whom(line)):
            return at, at + len(line)
        if inside := _MID_LINE.search(line) or _GLUED.search(line):
            return at + inside.start(), at + len(line)
        at += len(line) + 1
    return None


def _length(lines: list[str]) -> int:
    joined = ""
    for place, line in enumerate(lines):
        joined = f"{joined}\n{line}" if place else line
        if len(joined) > 600:
            return 0
        if not line.strip():
            torn = lines[place + 1 : place + 2] and lines[place + 1].startswith("<")
            if _HAS_WHO.search(joined) or not torn:
                return 0
        if _HAS_DATE.search(joined) and _WROTE_LINE.match(joined):
            return len(joined) if _says_who(joined) else 0
    return 0


def _says_who(line: str) -> bool:
    if _HAS_ADDRESS.search(line):
        return True
    return (_says_when_or_whom(line) or bool(_HAS_WHO.search(line))) and not _FIRST_PERSON.search(
        line
    )


def _says_when_or_whom(line: str) -> bool:
    return bool(_HAS_ADDRESS.search(line) or (_YEAR.search(line) and _TIME.search(line)))


def _told_back(lines: list[str], place: int) -> int | None:
    """Return how many characters before the line at `place` the words begin that it ends."""
    if not _ENDS.search(lines[place]) or len(lines[place]) > _LONGEST:
        return None
    joined, back = "", 0
    for begin in range(place, max(-1, place - 4), -1):
        line = lines[begin]
        if not line.strip() or len(joined) + len(line) > _LONGEST:
            return None
        joined = f"{line}\n{joined}" if joined else line
        if begin < place:
            back += len(line) + 1
        bare = _INVISIBLE.sub("", joined)
        if _BRACKETED.search(bare) and _YEAR.search(bare) and _TIME.search(bare):
            above = lines[begin - 1] if begin and line.lstrip().startswith("<") else ""
            return back + (len(above) + 1 if 0 < len(above.strip()) <= _NAME_LINE else 0)
    return None
