"""Who gets a copy of a reply: those whom the customer addressed besides us."""

import re
from collections.abc import Sequence

from sqlalchemy import Connection, select

from desk.customers.tables import identities
from desk.kit.errors import Invalid
from desk.messages import queries as said
from desk.messages.actions import Place
from desk.messages.tables import messages

MOST = 40
_ADDRESS = re.compile(r"[^\s@<>,;:()\"\[\]\\]{1,64}@[^\s@<>,;:()\"\[\]\\]{1,255}")


def usual(c: Connection, place: Place) -> tuple[str, ...]:
    """Return whom a reply is copied to by itself: all whom its customer's last message was to.

    Our own addresses were left out when it came; those that mail comes back from are now.
    """
    last = said.last_inbound(c, place.case_id, place.identity_id, place.inbox)
    asked = list(last.recipients or ()) if last is not None else []
    if not asked:
        return ()
    wrong = select(identities.c.address).where(
        identities.c.channel == place.channel,
        identities.c.address.in_(asked),
        identities.c.reachable.is_(False),
    )
    known_wrong = set(c.scalars(wrong))
    return tuple(one for one in asked if one not in known_wrong)[:MOST]


def of_case(c: Connection, case_id: int) -> tuple[str, ...]:
    """Return whom the next reply in a case is copied to, if it goes where he last wrote."""
    last = said.last_place(c, case_id, None)
    if last is None:
        return ()
    place = Place(
        case_id=case_id, identity_id=last.identity_id, inbox=last.inbox, channel=last.channel
    )
    return usual(c, place)


def chosen(wanted: Sequence[str], recipient: str) -> tuple[str, ...]:
    """Return the addresses an agent chose, each once, without him whom the reply is to.

    Raises:
        Invalid: one is no mail address, or they are too many.
    """
    found = dict.fromkeys(one.strip().casefold() for one in wanted if one.strip())
    for one in found:
        if not _ADDRESS.fullmatch(one):
            raise Invalid(f"{one[:100]} is no mail address.", "/cc")
    if len(found) > MOST:
        raise Invalid(f"A copy goes to {MOST} people at most.", "/cc")
    return tuple(one for one in found if one != recipient.casefold())


def got_one(c: Connection, case_id: int, address: str) -> bool:
    """Return whether a message of a case was addressed or copied to `address`."""
    lists = c.scalars(
        select(messages.c.recipients)
        .where(messages.c.case_id == case_id, messages.c.recipients.is_not(None))
        .order_by(messages.c.id.desc())
        .limit(100)
    )
    return any(address in one for one in lists if one)
