"""Taking a person out of the ratings: scores stay as figures, his words go. Safe to repeat."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from desk.cases.tables import cases
from desk.satisfaction.tables import rating_refusals, ratings


def erase(
    c: Connection, identity_ids: Collection[int], case_ids: Collection[int], *, now: datetime
) -> int:
    """Forget comments, and let no question be answered any more; return how many ratings."""
    mine = or_(ratings.c.identity_id.in_(identity_ids), ratings.c.case_id.in_(case_ids))
    refused = rating_refusals.c.identity_id.in_(identity_ids)
    c.execute(delete(rating_refusals).where(refused))
    return c.execute(update(ratings).where(mine).values(comment="", expires_at=now)).rowcount


def of_person(c: Connection, customer_ids: Collection[int]) -> list[dict[str, Any]]:
    """Return what a person gave, for his archive: plain data, oldest first."""
    rows = c.execute(
        select(cases.c.number, ratings)
        .join(cases, cases.c.id == ratings.c.case_id)
        .where(cases.c.customer_id.in_(customer_ids))
        .order_by(ratings.c.id)
    )
    keep = ("number", "channel", "asked_at", "score", "comment", "answered_at")
    return [{name: row._mapping[name] for name in keep} for row in rows]
