"""Signatures learned from repeats: what stands under every message of somebody is no news."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from desk.messages.tables import messages

_LINES = range(2, 13)  # of a signature
_KNOWN = 6  # earlier messages that are looked at
_SEEN = 2  # of them that must have it


def without_learned(c: Connection, identity_id: int, text: str) -> str:
    """Return `text` without the last lines that this sender's earlier messages have too.

    They stand apart from the words above by an empty line, and some words stay.
    """
    if "\n\n" not in text:
        return text
    earlier = c.scalars(
        select(func.coalesce(messages.c.full_text, messages.c.text))
        .where(messages.c.identity_id == identity_id, messages.c.author == "customer")
        .order_by(messages.c.id.desc())
        .limit(_KNOWN)
    ).all()
    return text[: _end(text, earlier)].rstrip()


def _end(text: str, earlier: Sequence[str]) -> int:
    """Return where the words of `text` end and a known signature begins; its length for none."""
    known = [_folded(one.splitlines()) for one in earlier]
    at = len(text)
    while (at := text.rfind("\n\n", 0, at)) > 0:
        lines = [line for line in text[at:].splitlines() if line.strip()]
        if len(lines) > _LINES[-1] or not text[:at].strip():
            break
        block = _folded(lines)
        if len(lines) in _LINES and sum(block in one for one in known) >= _SEEN:
            return at
    return len(text)


def _folded(lines: Sequence[str]) -> str:
    """Return lines as one text in which whole lines are found."""
    kept = (" ".join(line.split()) for line in lines if line.strip())
    return "\n" + "\n".join(kept) + "\n"
