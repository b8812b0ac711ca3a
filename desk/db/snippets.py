"""The part of a text that shows why it was found. Pure."""

import re

from desk.kit.text import fold, one_line

WIDTH = 160  # characters
SEARCHED = 20_000  # characters of a text that are looked through

_WORD = re.compile(r"[^\W_]+")


def snippet(title: str, body: str, terms: list[str]) -> str:
    """Return up to WIDTH characters of `body` around the first of `terms`, on one line.

    The last term counts as the beginning of a word. The body's beginning is shown when the
    words stand elsewhere, the title when there is no body.
    """
    text = one_line(body[:SEARCHED])
    if not text:
        return one_line(title)[:WIDTH]
    if len(text) <= WIDTH:
        return text
    return _cut(text, _first(text, terms))


def _first(text: str, terms: list[str]) -> int:
    whole = {fold(term) for term in terms}
    beginning = fold(terms[-1]) if terms else "\0"
    for found in _WORD.finditer(text):
        word = fold(found[0])
        if word in whole or word.startswith(beginning):
            return found.start()
    return 0


def _cut(text: str, at: int) -> str:
    start = max(0, min(at - WIDTH // 3, len(text) - WIDTH))
    if start:
        start = text.find(" ", start, at) + 1 or start  # the word at the edge goes
    end = start + WIDTH
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + WIDTH // 2)
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
