"""Taking a person out of the record of people: handles, names, keys, what was suggested of him."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, delete, or_, select, update

from desk.customers.tables import (
    customer_keys,
    customers,
    identities,
    identity_facts,
    link_tokens,
    merge_suggestions,
    merges,
)
from desk.db import search

NAME = "Erased customer"
_OWN_CLAIMS = ("email", "phone", "username")  # an organization is many people's
_SURE = 5  # letters of a handle that stands for nothing else


class Person(Struct, frozen=True, kw_only=True):
    """One person: the records he lives on in, his identities, and what he is known by."""

    customer_ids: tuple[int, ...]
    identity_ids: tuple[int, ...]
    known_by: tuple[str, ...]  # addresses, names, claims
    handles: tuple[str, ...]  # those of them that are nobody else's: addresses, ids, a phone


def person(c: Connection, customer_id: int) -> Person:
    """Return who a customer is, with the records that were merged into his."""
    ids, fresh = {customer_id}, {customer_id}
    while fresh:
        merged = select(customers.c.id).where(customers.c.merged_into.in_(fresh))
        fresh = set(c.scalars(merged)) - ids
        ids |= fresh
    rows = c.execute(select(identities).where(identities.c.customer_id.in_(ids))).all()
    names = c.execute(select(customers).where(customers.c.id.in_(ids))).all()
    own = {row.address for row in rows} | {row.external_id for row in names}
    own |= {row.profile.get(claim) for row in rows for claim in _OWN_CLAIMS}
    known = own | {row.name for row in (*rows, *names)}
    return Person(
        customer_ids=tuple(sorted(ids)),
        identity_ids=tuple(sorted(row.id for row in rows)),
        known_by=tuple(sorted(one for one in known if one and len(one) > 1)),
        handles=tuple(sorted(one for one in own if one and len(one) >= _SURE)),
    )


def erase(c: Connection, who: Person) -> None:
    """Leave of a person what figures need: that somebody was there, and when. Safe to repeat.

    His handles are free afterwards: whoever writes from them is somebody new.
    """
    mine = identities.c.id.in_(who.identity_ids)
    for identity_id in who.identity_ids:
        one = update(identities).where(identities.c.id == identity_id)
        c.execute(one.values(address=f"erased:{identity_id}"))
    gone: dict[str, Any] = {
        "name": None,
        "profile": {},
        "language": None,
        "reachable": False,
        "unreachable_reason": "Erased.",
    }
    c.execute(update(identities).where(mine).values(blocked_at=None, shows_images=None, **gone))
    c.execute(delete(identity_facts).where(identity_facts.c.identity_id.in_(who.identity_ids)))
    c.execute(delete(link_tokens).where(link_tokens.c.identity_id.in_(who.identity_ids)))
    c.execute(delete(customer_keys).where(customer_keys.c.customer_id.in_(who.customer_ids)))
    either = (merge_suggestions.c.customer_id, merge_suggestions.c.other_id)
    about = or_(*(column.in_(who.customer_ids) for column in either))
    c.execute(delete(merge_suggestions).where(about))
    either_one = or_(
        merges.c.kept_id.in_(who.customer_ids), merges.c.merged_id.in_(who.customer_ids)
    )
    c.execute(update(merges).where(either_one).values(proof="erased"))
    nobody = {"name": NAME, "external_id": None, "language": None, "zone": None}
    c.execute(update(customers).where(customers.c.id.in_(who.customer_ids)).values(**nobody))
    for customer_id in who.customer_ids:
        search.remove(c, search.CUSTOMER, customer_id)
