"""What a network reports of a message of ours: which one it is about, and what that changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, select, update

from desk.customers import queries as customers
from desk.customers.tables import identities
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.facts import DeliveryConfirmed
from desk.kit.text import clean, indexed
from desk.messages import deliveries as sends
from desk.messages.rules import ARRIVED, DeliveryState, may_report
from desk.messages.tables import deliveries, external_ids, messages

_IDS = 50  # that a report is believed to be about
_WITHIN = timedelta(days=7)  # a report that names only a recipient is about his latest message


class About(Struct, frozen=True, kw_only=True):
    """The message of ours that a report is about; `delivery_id` None: it was sent elsewhere."""

    case_id: int
    message_id: int
    delivery_id: int | None
    state: str
    identity_id: int
    address: str
    recipients: tuple[str, ...]

    def is_copy(self, address: str | None) -> bool:
        """Return whether `address` only got a copy."""
        return address is not None and address != self.address and address in self.recipients


class Place(Struct, frozen=True):
    """The inbox that a report came to, and its kind of channel."""

    inbox: str
    channel: str


def find(
    c: Connection, place: Place, ids: Sequence[str], address: str | None, *, now: datetime
) -> About | None:
    """Return the message of ours with the first known of these ids.

    Without one: what was sent to `address` last, within a week.
    """
    asked = [indexed(one) for one in ids if one][:_IDS]
    found = _by_ids(c, place.inbox, asked) if asked else None
    if found is None and address is not None:
        found = _by_recipient(c, place, address, now)
    return found


def record(c: Connection, about: About, state: str, detail: str, *, now: datetime) -> bool:
    """Show on a message what became of it; return False when that is known, or known better."""
    if about.delivery_id is None:
        return state == DeliveryState.FAILED
    mine = deliveries.c.id == about.delivery_id
    if state == "delayed":
        if about.state != DeliveryState.ACCEPTED:
            return False
        c.execute(update(deliveries).where(mine).values(reason=clean(detail)[:1000]))
    elif not may_report(about.state, state):
        return False
    elif state == DeliveryState.FAILED:
        sends.fail(c, about.delivery_id, detail, now=now)
        return True
    else:
        c.execute(update(deliveries).where(mine).values(state=state, reason=""))
    fact = DeliveryConfirmed(
        message_id=about.message_id, delivery_id=about.delivery_id, state=state
    )
    log.append(c, fact, now=now, actor=SYSTEM, case_id=about.case_id)
    return True


def _by_ids(c: Connection, inbox: str, asked: Sequence[str]) -> About | None:
    sent = (
        _sends()
        .add_columns(deliveries.c.external_id)
        .where(deliveries.c.inbox == inbox, deliveries.c.external_id.in_(asked))
    )
    rows = c.execute(sent).all()
    if not rows:  # ours all the same: written in a mail program, seen in the Sent folder
        written = (
            select(messages, identities.c.address, external_ids.c.external_id)
            .join(messages, messages.c.id == external_ids.c.message_id)
            .join(identities, identities.c.id == messages.c.identity_id)
            .where(
                external_ids.c.inbox == inbox,
                external_ids.c.external_id.in_(asked),
                messages.c.author == "agent",
            )
        )
        rows = c.execute(written).all()
    first = min(rows, key=lambda row: asked.index(row.external_id), default=None)
    return _about(first) if first is not None else None


def _by_recipient(c: Connection, place: Place, address: str, now: datetime) -> About | None:
    to = customers.find_identity(c, place.channel, address)
    if to is None:
        return None
    latest = (
        select(messages.c.id)
        .where(
            messages.c.identity_id == to.id,
            messages.c.inbox == place.inbox,
            messages.c.author != "customer",
            messages.c.created_at > now - _WITHIN,
        )
        .order_by(messages.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    mine = deliveries.c.message_id == latest, deliveries.c.identity_id == to.id
    arrived = deliveries.c.state.in_([*ARRIVED, DeliveryState.UNCERTAIN])
    row = c.execute(_sends().where(*mine, arrived).limit(1)).one_or_none()
    return _about(row) if row is not None else None


def _sends() -> Select[Any]:
    return (
        select(
            messages,
            identities.c.address,
            deliveries.c.id.label("delivery_id"),
            deliveries.c.state,
            deliveries.c.identity_id.label("to_id"),
        )
        .join(messages, messages.c.id == deliveries.c.message_id)
        .join(identities, identities.c.id == deliveries.c.identity_id)
    )


def _about(row: Row[Any]) -> About:
    sent = row._mapping
    return About(
        case_id=row.case_id,
        message_id=row.id,
        delivery_id=sent.get("delivery_id"),
        state=sent.get("state") or "",
        identity_id=sent.get("to_id") or row.identity_id,
        address=row.address,
        recipients=tuple(row.recipients or ()),
    )
