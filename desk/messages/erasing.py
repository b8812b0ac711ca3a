"""Taking a person's words out of the record, and what others quoted of them. Safe to repeat."""

import hashlib
import re
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import takewhile
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, select, update

from desk.db import search
from desk.kit.text import letters_of
from desk.messages.rules import SETTLED, DeliveryState
from desk.messages.tables import (
    attachments,
    deliveries,
    external_ids,
    message_versions,
    messages,
    notes,
    reactions,
)

_LEAST = 25  # letters of a line: a shorter one is everybody's
_GONE = "[erased]"
_QUOTES = re.compile(r"\s*(?:-{2,}\s*\w.*-{2,}\s*$|_{8,}|(?:From|Von|De|Da|Van)\s?:\s)")


class Words(Struct, frozen=True, kw_only=True):
    """What some messages leave behind elsewhere."""

    marks: tuple[str, ...]  # of their lines: see `mark`
    blobs: tuple[str, ...]
    threads: tuple[str, ...]
    arrival_ids: tuple[int, ...]
    texts: tuple[str, ...]
    case_ids: tuple[int, ...]


def words_of(c: Connection, message_ids: Collection[int]) -> Words:
    """Return what is to be looked for elsewhere when these messages go."""
    rows = c.execute(select(messages).where(messages.c.id.in_(message_ids))).all()
    his = [row for row in rows if row.author == "customer"]  # what we write, others get too
    marks = {mark(line) for row in his for line in _lines(row.text, row.full_text)}
    files = select(attachments.c.blob).where(attachments.c.message_id.in_(message_ids))
    sent = select(deliveries.c.sent_blob).where(deliveries.c.message_id.in_(message_ids))
    return Words(
        marks=tuple(sorted(filter(None, marks))),
        blobs=tuple(sorted(filter(None, {*c.scalars(files), *c.scalars(sent)}))),
        threads=tuple(sorted({row.thread for row in rows if row.thread})),
        texts=tuple(row.text for row in rows),
        case_ids=tuple(sorted({row.case_id for row in rows})),
        arrival_ids=tuple(row.arrival_id for row in rows if row.arrival_id is not None),
    )


def written(c: Connection, identity_ids: Collection[int], after: int, limit: int) -> list[int]:
    """Return the messages of, and to, these identities that are not erased, by id."""
    query = (
        select(messages.c.id)
        .where(messages.c.identity_id.in_(identity_ids), messages.c.id > after)
        .order_by(messages.c.id)
        .limit(limit)
    )
    return list(c.scalars(query))


def erase(c: Connection, message_ids: Collection[int], *, now: datetime) -> None:
    """Leave of messages that they were there, when and in which case."""
    mine = messages.c.id.in_(message_ids)
    gone: dict[str, Any] = {
        "text": "",
        "html": None,
        "full_text": None,
        "subject": None,
        "in_reply_to": None,
        "choices": [],
        "remarks": None,
        "recipients": None,
        "trace": None,
        "deleted_at": now,
    }
    c.execute(update(messages).where(mine).values(**gone))
    for table in (message_versions, attachments, external_ids, reactions):
        c.execute(delete(table).where(table.c.message_id.in_(message_ids)))
    sends = deliveries.c.message_id.in_(message_ids)
    c.execute(update(deliveries).where(sends).values(sent_blob=None, external_id=None, reason=""))
    waiting = deliveries.c.state.not_in([state.value for state in SETTLED])
    given_up = {"state": DeliveryState.FAILED.value, "settled_at": now, "reason": "Erased."}
    c.execute(update(deliveries).where(sends, waiting).values(**given_up))
    for message_id in message_ids:
        search.remove(c, search.MESSAGE, message_id)


def erase_notes(c: Connection, case_ids: Collection[int]) -> int:
    """Forget what colleagues noted in these cases. Return how many notes."""
    mine = (notes.c.case_id.in_(case_ids), notes.c.text != _GONE)
    return c.execute(update(notes).where(*mine).values(text=_GONE, html=_GONE)).rowcount


def said_by(
    c: Connection, marks: Collection[str], after: int, limit: int
) -> tuple[dict[str, set[int]], int | None]:
    """Return which identities have lines known by `marks` in their messages, and where to go on.

    What many say is nobody's own words: a disclaimer, a greeting, a form.
    """
    rows = c.execute(
        select(messages.c.id, messages.c.identity_id, messages.c.text, messages.c.full_text)
        .where(messages.c.id > after, messages.c.author == "customer")
        .order_by(messages.c.id)
        .limit(limit)
    ).all()
    found: dict[str, set[int]] = {}
    for row in rows:
        for line in _own_lines(row.full_text or row.text):
            if (known := mark(line)) in marks:
                found.setdefault(known, set()).add(row.identity_id)
    return found, rows[-1].id if len(rows) == limit else None


def of_others(
    c: Connection, arrival_ids: Collection[int], identity_ids: Collection[int]
) -> set[int]:
    """Return which payloads are messages of others than these identities."""
    query = select(messages.c.arrival_id).where(
        messages.c.arrival_id.in_(arrival_ids), messages.c.identity_id.not_in(identity_ids)
    )
    return set(c.scalars(query))


def erase_quotes(
    c: Connection, marks: Collection[str], addresses: Collection[str], after: int, limit: int
) -> tuple[list[Row[Any]], int | None]:
    """Take quoted lines, and a person's addresses, out of the messages after an id.

    Return the messages that had lines of his, as they were, and where to go on.
    """
    rows = c.execute(
        select(messages).where(messages.c.id > after).order_by(messages.c.id).limit(limit)
    ).all()
    quoting = [row for row in rows if any(mark(one) in marks for one in _lines(*_texts(row)))]
    for row in rows:
        if row.recipients and set(row.recipients) & set(addresses):
            others = [one for one in row.recipients if one not in addresses] or None
            mine = update(messages).where(messages.c.id == row.id)
            c.execute(mine.values(recipients=others))
    for row in quoting:
        values = {
            "text": without(row.text, marks),
            "full_text": without(row.full_text, marks) if row.full_text is not None else None,
            "html": None,  # whose lines cannot be told apart: its text is shown
        }
        c.execute(update(messages).where(messages.c.id == row.id).values(**values))
        search.remove(c, search.MESSAGE, row.id)
        search.index(c, search.MESSAGE, row.id, row.subject or "", values["text"] or "")
    return quoting, rows[-1].id if len(rows) == limit else None


def still_used(c: Connection, blob: str) -> bool:
    """Return whether a file is somebody else's too."""
    named = (
        select(attachments.c.id).where(attachments.c.blob == blob),
        select(deliveries.c.id).where(deliveries.c.sent_blob == blob),
    )
    return any(c.execute(query.limit(1)).first() for query in named)


def mark(line: str) -> str:
    """Return what a line is known by, wherever it is quoted; "" for one too short to tell."""
    letters = letters_of(line)
    return hashlib.sha256(letters.encode()).hexdigest()[:20] if len(letters) >= _LEAST else ""


def without(text: str, marks: Collection[str]) -> str:
    """Return a text in which the lines known by `marks` are gone."""
    return "\n".join(_GONE if mark(line) in marks else line for line in text.split("\n"))


def _own_lines(text: str) -> Iterable[str]:
    """Return the lines of a text down to what it quotes, as far as its form tells."""
    own = takewhile(lambda line: not _QUOTES.match(line), text.split("\n"))
    return (line for line in own if not line.lstrip().startswith((">", "|")))


def _texts(row: Row[Any]) -> tuple[str, str | None]:
    return row.text, row.full_text


def _lines(*texts: str | None) -> Iterable[str]:
    return (line for text in texts for line in (text or "").split("\n"))
