"""What a customer's own words say of him: offered to agents, who keep it or drop it."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, func, select, update

from desk.customers.contact import Told
from desk.customers.tables import identities, identity_facts
from desk.db.upsert import insert_new
from desk.events import log
from desk.events.actors import Actor
from desk.events.people import CustomerDescribed
from desk.kit.errors import NotFound

_MOST = 12  # of one identity: more come from somebody who plays


class FactView(Struct, frozen=True, kw_only=True):
    """One thing known of a customer, or offered to be known; `message_id` is where he says so."""

    id: int
    kind: str  # phone | title
    value: str
    state: str  # offered | kept
    message_id: int | None


def offer(
    c: Connection, identity_id: int, told: Iterable[Told], message_id: int, *, now: datetime
) -> None:
    """Offer what a message says of its writer; what was offered before is not offered again."""
    mine = identity_facts.c.identity_id == identity_id
    told = list(told)
    if not told:
        return
    room = _MOST - (c.scalar(select(func.count()).select_from(identity_facts).where(mine)) or 0)
    for one in told[: max(room, 0)]:
        row = {
            "identity_id": identity_id,
            "kind": one.kind.value,
            "value": one.value,
            "state": "offered",
            "message_id": message_id,
            "noted_at": now,
        }
        insert_new(c, identity_facts, row, ["identity_id", "kind", "value"])


def answer(c: Connection, fact_id: int, *, kept: bool, actor: Actor, now: datetime) -> None:
    """Keep what is offered, or drop it; either can be said again. Raises NotFound."""
    row = c.execute(
        select(identity_facts, identities.c.customer_id)
        .join(identities, identities.c.id == identity_facts.c.identity_id)
        .where(identity_facts.c.id == fact_id)
    ).one_or_none()
    if row is None:
        raise NotFound("Nothing like that is known of a customer.")
    state = "kept" if kept else "dropped"
    if row.state == state:
        return
    c.execute(update(identity_facts).where(identity_facts.c.id == fact_id).values(state=state))
    fact = CustomerDescribed(fact_id=fact_id, kind=row.kind, value=row.value, kept=kept)
    log.append(c, fact, now=now, actor=actor, customer_id=row.customer_id)


def known_of(c: Connection, customer_id: int) -> list[FactView]:
    """Return what is known of a customer, then what is offered; what was dropped is left out."""
    rows = c.execute(
        select(identity_facts)
        .join(identities, identities.c.id == identity_facts.c.identity_id)
        .where(identities.c.customer_id == customer_id, identity_facts.c.state != "dropped")
        .order_by(identity_facts.c.state, identity_facts.c.id)  # "kept" before "offered"
    )
    return [
        FactView(
            id=row.id, kind=row.kind, value=row.value, state=row.state, message_id=row.message_id
        )
        for row in rows
    ]
