"""What was written now, apart from the message answered to and the signature below it."""

import re

from channels.email.quote_words import COLON, FIELDS, FROM, ORIGINAL, SENT_FROM, STARTS, WROTE

_ADDRESS = r"[^\s<>@\"]+@[^\s<>@\"]+"
_QUOTED = re.compile(r"^\s{0,2}[>|]")
_WROTE_LINE = re.compile(
    rf"^.{{0,600}}?(?:{WROTE})(?!\w)[^\n:]{{0,40}}{COLON}?[ \t*_-]*$", re.I | re.S
)
_FIRST_LINE = re.compile(rf"^[ \t>*_-]{{0,20}}(?:(?:{STARTS})\b|\d)", re.I)
_MID_LINE = re.compile(r"\bOn [A-Z][a-z]{2},? [^\n]{4,120} wrote:$")
# "Ann <ann@example.com> kirjoitti 2.3.2026 kello 10.15:"
_NAMED_FIRST = re.compile(
    rf"^[^\n<>]{{0,80}}<{_ADDRESS}> (?:{WROTE})(?!\w)[^\n]{{0,60}}\d[^\n]{{0,60}}{COLON}[ \t]*$",
    re.I,
)
_HAS_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[:.]\d{2}|\b(?:19|20)\d\d\b|\d年")
_HAS_WHO = re.compile(rf"{_ADDRESS}|<[^<>\n]{{1,80}}>|wrote|schrieb|écrit|escribió|scritto|skrev")
# A date and an address alone on a line: "30.09.2017, 18:30, John <john@x.com>:".
_BARE = re.compile(
    rf"^[^\n]{{0,80}}(?:\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\b\d{{1,2}}:\d{{2}}\b)"
    rf"[^\n]{{0,80}}\n?[^\n]{{0,60}}[<(\"]\s*{_ADDRESS}\s*[>)\"]*[ \t]*:?[ \t]*$",
    re.M,
)
_RULE = re.compile(
    rf"^[ \t>*]{{0,20}}[-_=*]{{2,}}[ \t]*(?:{ORIGINAL})[ \t]*[-_=*]*[ \t]*$", re.I | re.M
)
_HEADER_BLOCK = re.compile(
    rf"^[ \t>*_]{{0,20}}(?:{FROM})[ \t*_]*{COLON}[^\n]+(?:\n(?:[ \t]+|<)[^\n]+)?\n(?:[ \t]*\n)?"
    rf"[ \t>*_]*(?:{FIELDS})[ \t*_]*{COLON}",
    re.I | re.M,
)
_DATE_BLOCK = re.compile(
    rf"^[ \t>*_]{{0,20}}(?:{FIELDS})[ \t*_]*{COLON}[^\n]*\n"
    rf"[ \t>*_]*(?:{FROM})[ \t*_]*{COLON}[^\n]*@"
    rf"|^[ \t]*>[ \t]*(?:{FIELDS})[ \t*_]*{COLON}[^\n]+\n[ \t]*>[ \t]*(?:{FROM})[ \t*_]*{COLON}",
    re.I | re.M,
)
_RULED = re.compile(r"\s*\n[ \t]*[-_=*]{4,}\s*\Z")  # a line drawn above the quote
_LIST_FOOTER = re.compile(r"^_{20,}$", re.M)
_DASHED_NAME = re.compile(
    r"(?<=\n\n)[-\u2013\u2014] ?[A-Z][\w'.]{1,20}(?: [A-Z][\w'.]{1,20}){0,3}\s*\Z"
)
_SIGNATURE = re.compile(r"^--[ \xa0]?$", re.M)
_SENT_FROM = re.compile(rf"^[ \t_-]{{0,20}}(?:{SENT_FROM})[^\n]{{0,100}}$", re.I | re.M)
_OUR_MARKER = "please reply above this line"
_LEAST_SHARE = 0.03
_LINES_TRIED = 500  # lines that begin like "On Friday …" looked at in one mail


def visible(text: str) -> str:
    """Return what of a plain text body is new: no quoted message, no signature.

    Text below or between quotes is kept, with the quotes it answers. When nothing would be
    left the whole text is returned: it is better to show too much.
    """
    text = text.replace("\r\n", "\n")
    kept = _without_signature(_without_quote(text))
    if kept.strip() and len(kept.strip()) >= len(text.strip()) * _LEAST_SHARE:
        return kept.strip("\n").rstrip()
    return kept.strip() if _has_words(kept) else text.strip("\n").rstrip()


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _without_quote(text: str) -> str:
    begin = _first_quote(text)
    if begin is None:
        return _without_marked(text)
    above, below = text[:begin], text[begin:]
    after = _answer_below(below)
    if _has_words(above):
        return above if not after else f"{above.rstrip()}\n{after}"
    return after or text


def _first_quote(text: str) -> int | None:
    patterns = (_RULE, _HEADER_BLOCK, _DATE_BLOCK, _BARE)
    begins = [found.start() for pattern in patterns if (found := pattern.search(text))]
    wrote = attribution(text)
    if wrote is not None:
        begins.append(wrote[0])
    marker = text.lower().find(_OUR_MARKER)
    if marker >= 0:
        begins.append(text.rfind("\n", 0, marker) + 1)
    if not begins:
        return None
    above = text[: min(begins)]
    return len(_RULED.sub("", above))


def attribution(text: str) -> tuple[int, int] | None:
    """Return where the lines begin and end that say who wrote what follows, and when."""
    tries = _LINES_TRIED
    lines = text.split("\n")
    at = 0
    for place, line in enumerate(lines):
        if tries and _FIRST_LINE.match(line):
            tries -= 1
            length = _attribution_length(lines[place : place + 4])
            if length:
                return at, at + length
        if _NAMED_FIRST.match(line):
            return at, at + len(line)
        if inside := _MID_LINE.search(line):
            return at + inside.start(), at + len(line)
        at += len(line) + 1
    return None


def _attribution_length(lines: list[str]) -> int:
    joined = ""
    for line in lines:
        joined = f"{joined}\n{line}" if joined else line
        if len(joined) > 600 or (not line.strip() and _HAS_WHO.search(joined)):
            return 0
        if _HAS_DATE.search(joined) and _WROTE_LINE.match(joined):
            return len(joined) if _HAS_WHO.search(joined) else 0
    return 0


def _answer_below(below: str) -> str:
    """Return what is written under or between quotes whose lines are marked with ">", else "".

    Under the quote it is returned alone; between quotes with what it answers.
    """
    lines = below.split("\n")
    marked = [place for place, line in enumerate(lines) if _QUOTED.match(line)]
    if not marked:
        return ""
    between = "\n".join(
        line
        for place, line in enumerate(lines[: marked[-1]])
        # A line that follows a marked one without a gap is its end, wrapped on the way.
        if place > marked[0] and not _QUOTED.match(line) and not lines[place - 1].strip()
    )
    under = _without_signature("\n" + "\n".join(lines[marked[-1] + 1 :]))
    if _has_words(between):
        return below
    return under.strip("\n") if _has_words(under) else ""


def _without_marked(text: str) -> str:
    """Drop a block of marked lines at the end; marks in the middle are context."""
    lines = text.rstrip().split("\n")
    end = len(lines)
    while end and (_QUOTED.match(lines[end - 1]) or not lines[end - 1].strip()):
        end -= 1
    return "\n".join(lines[:end]) if end and end < len(lines) else text


def _without_signature(text: str) -> str:
    for pattern in (_SIGNATURE, _LIST_FOOTER, _SENT_FROM, _DASHED_NAME):
        found = pattern.search(text)
        if found and _has_words(text[: found.start()]):
            text = text[: found.start()]
    return text
