"""What stands below the words of a mail: signature, closing words, device line, disclaimer."""

import re

from channels.email.quote_words import CLOSINGS, CONFIDENTIAL, DEVICES, SENT_BY, SENT_FROM

_DASHES = re.compile(r"^--[ \xa0]?$", re.M)
_LIST_FOOTER = re.compile(r"^_{20,}$", re.M)
_SENT_FROM = re.compile(rf"^[ \t_*-]{{0,20}}(?:{SENT_FROM})[^\n]{{0,100}}$", re.I | re.M)
_DEVICE = re.compile(
    rf"^(?=[^\n]{{0,60}}(?:{DEVICES}))(?=[^\n]{{0,80}}(?:{SENT_BY}))[^\n]{{3,90}}$", re.I | re.M
)
_NAME = r"[A-ZÀ-ÖØ-ÞŁŚŻĄ-ЯΑ-Ω][\w'.\u2019]{0,20}"
_DASHED_NAME = re.compile(rf"(?<=\n\n)[-/\u2013\u2014] ?{_NAME}(?: {_NAME}){{0,3}}\s*\Z")
_CLOSING = re.compile(rf"^[ \t]*(?:{CLOSINGS})[ \t]*[,.!]?[ \t]*$", re.I | re.M)
_CONFIDENTIAL = re.compile(rf"^[ \t*_]*(?:{CONFIDENTIAL})", re.I | re.M)
_CLOSING_LINES = 6  # below closing words, a name and what belongs to it
_CLOSING_CHARACTERS = 60


def without_signature(text: str) -> str:
    """Return `text` without what is below its words; unchanged when nothing would be left."""
    for pattern in (_DASHES, _LIST_FOOTER, _SENT_FROM, _DEVICE, _CONFIDENTIAL, _DASHED_NAME):
        found = pattern.search(text)
        if found and has_words(text[: found.start()]):
            text = text[: found.start()]
    return _without_closing(text)


def has_words(text: str) -> bool:
    """Return whether there is a letter or a digit in `text`."""
    return any(char.isalnum() for char in text)


def _without_closing(text: str) -> str:
    places = list(_CLOSING.finditer(text))
    found = places[-1] if places else None
    if found is None or not has_words(text[: found.start()]):
        return text
    below = [line.strip() for line in text[found.end() :].split("\n") if line.strip()]
    is_name = len(below) <= _CLOSING_LINES and all(len(one) <= _CLOSING_CHARACTERS for one in below)
    return text[: found.start()] if is_name and not any("?" in one for one in below) else text
