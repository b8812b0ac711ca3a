"""Taking a person out of the log: the facts stay, what they say of him goes. Safe to repeat."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, or_, select, update

from desk.events.tables import events

_TELLING = frozenset(
    {"reason", "detail", "label", "name", "address", "value", "proof", "email", "comment"}
)

_SURE = 5  # letters of a name that stands for nothing else inside a word


def erase(
    c: Connection,
    *,
    customer_ids: Collection[int],
    case_ids: Collection[int],
    known_by: Collection[str],
    after: int,
    limit: int,
) -> int | None:
    """Scrub the events about these customers and cases after a number; return where to go on."""
    about = or_(events.c.customer_id.in_(customer_ids), events.c.case_id.in_(case_ids))
    rows = c.execute(
        select(events.c.seq, events.c.body)
        .where(events.c.seq > after, about)
        .order_by(events.c.seq)
        .limit(limit)
    ).all()
    names = {name.casefold() for name in known_by}
    for row in rows:
        body = {key: _scrubbed(key, value, names) for key, value in row.body.items()}
        if body != row.body:
            c.execute(update(events).where(events.c.seq == row.seq).values(body=body))
    return rows[-1].seq if len(rows) == limit else None


def _scrubbed(key: str, value: Any, names: Collection[str]) -> Any:
    if not isinstance(value, str):
        return value
    folded = value.casefold()
    named = any(folded == name or (len(name) >= _SURE and name in folded) for name in names)
    return "" if key in _TELLING or named else value
