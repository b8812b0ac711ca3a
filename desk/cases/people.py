"""Whose case it is, when two customers prove to be one: their cases move together."""

from datetime import datetime

from sqlalchemy import Connection, update

from desk.cases.tables import cases
from desk.customers import actions as customers
from desk.events.actors import Actor
from desk.kit.errors import Conflict


def prove(
    c: Connection, token: str, identity_id: int, *, actor: Actor, now: datetime
) -> int | None:
    """Use a link token that arrived on `identity_id`; return the customer both are now.

    None when the token is worth nothing, or when the two records may never be merged.
    """
    other = customers.use_link_token(c, token, now=now)
    if other is None:
        return None
    kept, merged = customers.verify(c, other), customers.verify(c, identity_id)
    if kept != merged:
        try:
            merge(c, kept, merged, proof="link token", actor=actor, now=now)
        except Conflict:  # two accounts of the host site: proof of one phone does not make them one
            return None
    return kept


def merge(
    c: Connection, kept_id: int, merged_id: int, *, proof: str, actor: Actor, now: datetime
) -> int:
    """Merge two customers with their cases and return the merge's id. Raises Conflict."""
    merge_id = customers.merge(c, kept_id, merged_id, proof=proof, actor=actor, now=now)
    moved = c.scalars(
        update(cases)
        .where(cases.c.customer_id == merged_id)
        .values(customer_id=kept_id)
        .returning(cases.c.id)
    ).all()
    customers.journal(c, merge_id, "case", list(moved))
    return merge_id
