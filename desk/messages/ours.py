"""Our own words come back below an answer: known letter by letter, and cut with certainty."""

import re

from sqlalchemy import Connection, select

from desk.kit.text import letters_of
from desk.messages.tables import messages

_RECENT = 10  # of our messages in a case
_LEAST = 40  # letters that nobody writes by chance as we did
_LINES, _LETTERS = 400, 50_000
_ATTRIBUTION = re.compile(r"[@\d].*:\s*$")


def without_ours(c: Connection, case_id: int, text: str) -> str:
    """Return a customer's text without what he repeats, at its end, of what we wrote in a case.

    Words of his below our own keep both: then he answers line by line.
    """
    rows = c.scalars(
        select(messages.c.text)
        .where(messages.c.case_id == case_id, messages.c.author != "customer")
        .order_by(messages.c.id.desc())
        .limit(_RECENT)
    )
    ours = [letters for letters in map(letters_of, rows) if len(letters) >= _LEAST]
    return cut(text, ours) if ours else text


def cut(text: str, ours: list[str]) -> str:
    """Return `text` up to where it only repeats one of `ours`, given as letters. Pure."""
    lines = text.split("\n")
    if len(lines) > _LINES or len(text) > _LETTERS:
        return text
    if any(letters_of(text) in one for one in ours):
        return text  # nothing else would be left
    for at in range(1, len(lines)):
        if not lines[at].strip(" >\t|"):
            continue
        tail = letters_of("\n".join(lines[at:]))
        if len(tail) < _LEAST:
            return text
        if any(tail in one for one in ours):
            kept = "\n".join(lines[:at]).rstrip(" >\t|\n")
            return _without_attribution(kept) or text
    return text


def _without_attribution(kept: str) -> str:
    above, _, last = kept.rpartition("\n")
    is_one = len(last) <= 150 and _ATTRIBUTION.search(last) is not None
    return above.rstrip(" >\t|\n") if is_one else kept
