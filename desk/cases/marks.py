"""What a customer sees on his own first message: that it is looked at, and that it is done.

On networks with emoji on messages, in inboxes that want it; nobody has to write for that.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from desk.events.facts import CaseReopened, CaseResolved, MessageReceived
from desk.events.log import Event
from desk.messages import amending
from desk.messages.tables import messages

_NEWS = timedelta(days=1)  # older facts, as after an upgrade, are nobody's news
SEEN, DONE = "👀", "✅"


def on_event(c: Connection, event: Event, inboxes: Collection[str], *, now: datetime) -> None:
    """Mark the first message of a case in one of `inboxes`. Safe to repeat."""
    if event.case_id is None or not inboxes or event.at < now - _NEWS:
        return
    match event.fact:
        case MessageReceived(message_id=message_id, automatic=False):
            if _first(c, event.case_id, inboxes) == message_id:
                amending.mark(c, message_id, SEEN, on=True, now=now)
        case CaseResolved() | CaseReopened() as fact:
            first = _first(c, event.case_id, inboxes)
            if first is not None:
                amending.mark(c, first, DONE, on=isinstance(fact, CaseResolved), now=now)


def _first(c: Connection, case_id: int, inboxes: Collection[str]) -> int | None:
    """Return the first message of a case, if a customer wrote it in one of `inboxes`."""
    row = c.execute(
        select(messages.c.id, messages.c.inbox, messages.c.author)
        .where(messages.c.case_id == case_id)
        .order_by(messages.c.id)
        .limit(1)
    ).one_or_none()
    if row is None or row.author != "customer" or row.inbox not in inboxes:
        return None
    return int(row.id)
