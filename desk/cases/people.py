"""Whose case it is, when two customers prove to be one: their cases move together."""

from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from desk.cases.tables import cases
from desk.customers import actions as customers
from desk.customers.tables import identities
from desk.events.actors import Actor
from desk.kit.errors import Conflict
from desk.messages.tables import messages


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


def recognise(
    c: Connection, external_id: str, customer_id: int, *, actor: Actor, now: datetime
) -> int:
    """Note whom a site names a customer with its signature; return the one record of him.

    Who was met before under this name is the same person. A record that the site names
    otherwise stays what it is.
    """
    known = customers.name_by_site(c, external_id, customer_id)
    if known == customer_id:
        return known
    try:
        merge(c, known, customer_id, proof="signed by the site", actor=actor, now=now)
    except Conflict:
        return customer_id
    return known


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


def unmerge(c: Connection, merge_id: int, *, actor: Actor, now: datetime) -> int:
    """Take a merge of customers back and return the record that is one of its own again.

    Its cases go with it: those it brought, and those its identities have opened since.

    Raises:
        NotFound, Conflict: as `customers.unmerge` has it.
    """
    kept_id, own_id = customers.unmerge(c, merge_id, actor=actor, now=now)
    his = select(identities.c.id).where(identities.c.customer_id == own_id)
    theirs = select(cases.c.id).where(cases.c.customer_id == kept_id)
    first = select(func.min(messages.c.id)).where(
        messages.c.case_id.in_(theirs), messages.c.author == "customer"
    )
    opened = (
        select(messages.c.case_id)
        .where(messages.c.identity_id.in_(his))
        .where(messages.c.id.in_(first.group_by(messages.c.case_id)))
    )
    brought = cases.c.id.in_(customers.moved_by(merge_id, "case"))
    c.execute(
        update(cases)
        .where(cases.c.customer_id == kept_id, or_(brought, cases.c.id.in_(opened)))
        .values(customer_id=own_id)
    )
    return own_id
