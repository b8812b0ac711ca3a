"""What was written now, apart from the message answered to and the signature below it."""

import re

from msgspec import Struct

from channels.email.attributions import attribution
from channels.email.forward_words import BEGINS
from channels.email.header_blocks import field_of, first_block
from channels.email.quote_words import COLON, ORIGINAL
from channels.email.signatures import has_words, without_signature

_ADDRESS = r"[^\s<>@\"]+@[^\s<>@\"]+"
_QUOTED = re.compile(r"^\s{0,2}[>|]")
# A date and an address alone on a line: "30.09.2017, 18:30, John <john@x.com>:".
_BARE = re.compile(
    rf"^[^\n]{{0,80}}(?:\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\b\d{{1,2}}:\d{{2}}\b)"
    rf"[^\n]{{0,80}}\n?[^\n]{{0,60}}[<(\"]\s*{_ADDRESS}\s*[>)\"]*[ \t]*{COLON}?[ \t]*$",
    re.M,
)
_RULE = re.compile(
    rf"^[ \t>*]{{0,20}}[-_=*]{{2,}}[ \t]*(?:{ORIGINAL}|{BEGINS})[ \t]*[-_=*]*[ \t]*$"
    rf"|^[ \t>]{{0,20}}(?:{BEGINS})[ \t]*{COLON}?[ \t]*$",
    re.I | re.M,
)
_RULED = re.compile(r"(?:\s*\n[ \t]*[-_=*]{3,}|(?<=\w)-{2,})\s*\Z")  # a line drawn above the quote
_OUR_MARKER = "please reply above this line"
_LEAST_SHARE = 0.03


class Parted(Struct, frozen=True):
    """What of a body is new, and what was cut from below it: a signature, "" for none."""

    words: str
    signature: str


def visible(text: str) -> str:
    """Return what of a plain text body is new: no quoted message, no signature."""
    return parted(text).words


def parted(text: str) -> Parted:
    """Part a plain text body into what is new and the signature below it; quotes are neither.

    Text below or between quotes is kept, with the quotes it answers. When nothing would be
    left the whole text is returned: it is better to show too much.
    """
    text = text.replace("\r\n", "\n")
    unquoted = _without_quote(text)
    kept = without_signature(unquoted)
    if kept.strip() and len(kept.strip()) >= len(text.strip()) * _LEAST_SHARE:
        return Parted(kept.strip("\n").rstrip(), unquoted.removeprefix(kept).strip())
    words = kept.strip() if has_words(kept) else text.strip("\n").rstrip()
    return Parted(words, "")


def _without_quote(text: str) -> str:
    found = _first_quote(text)
    if found is None:
        return _without_marked(text)
    begin, content = found
    above, below = text[:begin], text[content:]
    after = _answer_below(below)
    if after == below:
        after = text[begin:]
    if has_words(above):
        return above if not after else f"{above.rstrip()}\n{after}"
    return after or text


def _first_quote(text: str) -> tuple[int, int] | None:
    """Return where the first quote's opening line begins, and where what it quotes does."""
    found = [one.span() for pattern in (_RULE, _BARE) if (one := pattern.search(text))]
    block = first_block(text)
    if block is not None:
        found.append((block, block))
    wrote = attribution(text)
    if wrote is not None:
        found.append(wrote)
    marker = text.lower().find(_OUR_MARKER)
    if marker >= 0:
        found.append((text.rfind("\n", 0, marker) + 1, marker))
    if not found:
        return None
    begin, content = min(found)
    return len(_RULED.sub("", text[:begin])), content


def _answer_below(below: str) -> str:
    """Return what is written under or between quotes whose lines are marked with ">", else "".

    Under the quote it is returned alone; between quotes with what it answers.
    """
    lines = below.split("\n")
    head = next((place for place, line in enumerate(lines) if not _is_head(line)), len(lines))
    marked = [place for place, line in enumerate(lines) if _QUOTED.match(line) and place >= head]
    if not marked or (marked[0] > head and any(map(field_of, lines[:head]))):
        return ""
    between = "\n".join(
        line
        for place, line in enumerate(lines[: marked[-1]])
        # A line that follows a marked one without a gap is its end, wrapped on the way.
        if place > marked[0] and not _QUOTED.match(line) and not lines[place - 1].strip()
    )
    under = without_signature("\n" + "\n".join(lines[marked[-1] + 1 :]))
    if has_words(between):
        return below
    return under.strip("\n") if has_words(under) else ""


def _is_head(line: str) -> bool:
    return not line.strip() or field_of(line) is not None


def _without_marked(text: str) -> str:
    """Drop a block of marked lines at the end; marks in the middle are context."""
    lines = text.rstrip().split("\n")
    end = len(lines)
    while end and (_QUOTED.match(lines[end - 1]) or not lines[end - 1].strip()):
        end -= 1
    return "\n".join(lines[:end]) if end and end < len(lines) else text
