"""What a customer sees without a word: on his first message that it is looked at, and is done.

On networks with emoji on messages, in inboxes that want it; and in the titles of threads.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, select

from desk.events.facts import CaseReopened, CaseResolved, MessageReceived
from desk.events.log import Event
from desk.messages import amending
from desk.messages.tables import messages

_NEWS = timedelta(days=1)  # older facts, as after an upgrade, are nobody's news
SEEN, DONE = "👀", "✅"


class Inboxes(Struct, frozen=True):
    """Where it is shown: by emoji on messages, by the titles of threads."""

    marked: Collection[str] = ()
    titled: Collection[str] = ()


def on_event(c: Connection, event: Event, inboxes: Inboxes, *, now: datetime) -> None:
    """Mark the first message of a case, and the title of its thread. Safe to repeat."""
    if event.case_id is None or event.at < now - _NEWS:
        return
    if inboxes.titled and isinstance(event.fact, CaseResolved | CaseReopened):
        last = _last_answer(c, event.case_id, inboxes.titled)
        if last is not None:
            amending.title(c, last, done=isinstance(event.fact, CaseResolved), now=now)
    if inboxes.marked:
        _mark(c, event.case_id, event, inboxes.marked, now)


def _mark(
    c: Connection, case_id: int, event: Event, inboxes: Collection[str], now: datetime
) -> None:
    match event.fact:
        case MessageReceived(message_id=message_id, automatic=False):
            if _first(c, case_id, inboxes) == message_id:
                amending.mark(c, message_id, SEEN, on=True, now=now)
        case CaseResolved() | CaseReopened() as fact:
            first = _first(c, case_id, inboxes)
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


def _last_answer(c: Connection, case_id: int, inboxes: Collection[str]) -> int | None:
    """Return the last of our own messages in a case, if it went out through one of `inboxes`."""
    row = c.execute(
        select(messages.c.id, messages.c.inbox)
        .where(messages.c.case_id == case_id, messages.c.author != "customer")
        .order_by(messages.c.id.desc())
        .limit(1)
    ).one_or_none()
    return int(row.id) if row is not None and row.inbox in inboxes else None
