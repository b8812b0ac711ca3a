"""Subjects: answer and forward prefixes of many languages, taken off and put on once."""

import re

from desk.kit.text import one_line, shorten

# ruff: noqa: RUF001  (letters of many scripts are the point)
_PREFIX = re.compile(
    r"^\s*(?:re|aw|sv|vs|antw|antwort|odp|ynt|ref|rif|r|res|resp|rép|ré|bls|vá|απ|σχετ|ответ|на|"
    r"отв|atb|fw|fwd|wg|tr|rv|enc|vl|vb|doorst|i|fs|pd|továbbítás|ilt|iletildi|trans|пер|fwd?|"
    r"回复|回覆|答复|转发|轉寄|返信|転送|회신|답장|전달|رد|תשובה|השב)"
    r"(?:\s*[\[(]\d{1,3}[\])])?\s*[:：]\s*",
    re.I,
)
_LIMIT = 250


def base(subject: str) -> str:
    """Return a subject without answer and forward prefixes, on one line."""
    text = one_line(subject)
    while True:
        shorter = _PREFIX.sub("", text, count=1)
        if shorter == text:
            return text
        text = shorter


def of_answer(subject: str) -> str:
    """Return the subject of an answer: one "Re: ", never two."""
    return shorten(f"Re: {base(subject)}", _LIMIT)
