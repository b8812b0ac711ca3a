"""Who is not heard any more: identities, and whole mail domains. Nobody outside is told."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from desk.customers.rules import is_organization
from desk.customers.tables import blocked_domains, identities
from desk.db.upsert import insert_new
from desk.events import log
from desk.events.actors import Actor
from desk.events.people import IdentityBlocked
from desk.kit.errors import Invalid, NotFound


def is_blocked(c: Connection, channel: str, address: str) -> bool:
    """Return whether what this address writes is to be set aside."""
    mine = (identities.c.channel == channel, identities.c.address == address)
    blocked = select(identities.c.id).where(*mine, identities.c.blocked_at.is_not(None))
    if c.execute(blocked).first() is not None:
        return True
    domain = _domain(address)
    if not domain:
        return False
    known = select(blocked_domains.c.domain).where(blocked_domains.c.domain == domain)
    return c.execute(known).first() is not None


def set_blocked(
    c: Connection, identity_id: int, *, blocked: bool, domain: bool, actor: Actor, now: datetime
) -> None:
    """Block an identity, or with `domain` everybody at its mail domain; or hear them again.

    Raises:
        NotFound: there is no such identity.
        Invalid: its domain is one that strangers share, or it has none.
    """
    row = c.execute(select(identities).where(identities.c.id == identity_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such identity.")
    place = _domain(row.address)
    if domain and blocked:
        if not place or not is_organization(place):
            raise Invalid("Only the domain of one organization can be blocked as a whole.")
        values = {"domain": place, "blocked_at": now, "agent_id": actor.id or 0}
        insert_new(c, blocked_domains, values, ["domain"])
    elif not blocked and place:
        c.execute(delete(blocked_domains).where(blocked_domains.c.domain == place))
    at = now if blocked else None
    c.execute(update(identities).where(identities.c.id == identity_id).values(blocked_at=at))
    fact = IdentityBlocked(identity_id=identity_id, blocked=blocked, domain=place if domain else "")
    log.append(c, fact, now=now, actor=actor, customer_id=row.customer_id)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].casefold() if "@" in address else ""
