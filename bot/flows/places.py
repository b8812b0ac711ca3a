"""A customer's place in a talk, read and written: a row, so that a restart forgets nothing."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.flows.engine import At, Place
from bot.flows.tables import flow_places
from desk.db.upsert import put

DEFLECT = "deflect"


def load(c: Connection, case_id: int) -> Place:
    """Return where the customer of a case stands; the start when the bot never spoke there."""
    row = c.execute(select(flow_places).where(flow_places.c.case_id == case_id)).one_or_none()
    if row is None:
        return Place()
    return Place(
        at=At(row.step),
        answers=row.answers_given,
        clarifications=row.clarifications,
        shown=tuple(row.data["shown"]),
        offered=tuple(row.data["offered"]),
        said=tuple(row.data["said"]),
    )


def forget(c: Connection, case_ids: Collection[int]) -> None:
    """Forget where these cases stand, and the customers' words in that."""
    c.execute(delete(flow_places).where(flow_places.c.case_id.in_(case_ids)))


def save(c: Connection, case_id: int, place: Place, *, now: datetime) -> None:
    """Keep where the customer of a case stands now."""
    row = {
        "case_id": case_id,
        "flow": DEFLECT,
        "step": place.at.value,
        "data": {"shown": place.shown, "offered": place.offered, "said": place.said},
        "answers_given": place.answers,
        "clarifications": place.clarifications,
        "silent": place.at is At.DONE,
        "updated_at": now,
    }
    put(c, flow_places, row, ["case_id"])
