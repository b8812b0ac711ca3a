"""What a visitor and we write to each other by letter stands in his chat too, when he comes back.

Only between us and him: his own addresses, and those that a letter of his chat went to. What
others write into the case is not shown there, nor a letter whose sender may be forged.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from desk.agents.tables import agents
from desk.arrivals import actions as arrivals
from desk.cases.outgoing import files_of
from desk.customers.tables import identities
from desk.events.facts import MessageReceived, MessageSent
from desk.events.log import Event
from desk.messages.tables import letters, messages
from desk.ports.elsewhere import SaidElsewhere, Shown
from desk.ports.messages import Author, AuthorKind

Show = Callable[[SaidElsewhere], Shown]

BACK = timedelta(days=7)  # older ones are nobody's news


def on_event(
    c: Connection, event: Event, inboxes: Mapping[str, Show], *, now: datetime, voice: str
) -> None:
    """Append a letter to the live conversations of its case that it belongs to.

    Args:
        inboxes: the live inboxes, with how each shows a message that went another way.
        voice: who speaks where no agent does.
    """
    fact = event.fact
    if not isinstance(fact, MessageReceived | MessageSent) or fact.inbox in inboxes:
        return
    by_machine = fact.automatic if isinstance(fact, MessageReceived) else fact.author == "system"
    if by_machine or event.at < now - BACK:
        return
    row = c.execute(
        select(messages, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.id == messages.c.agent_id)
        .where(messages.c.id == fact.message_id, messages.c.deleted_at.is_(None))
    ).one_or_none()
    if row is None or (row.author == "customer" and row.genuine is False):
        return
    for place in _live(c, row.case_id, inboxes):
        if row.identity_id in _his(c, place):
            _append(c, row, place, inboxes[place.inbox], voice, now)


def line_key(message_id: int) -> str:
    """Return the key under which a letter stands in a transcript."""
    return f"elsewhere:{message_id}"


def _live(c: Connection, case_id: int, inboxes: Mapping[str, Show]) -> list[Row[Any]]:
    """Return the live conversations that a case is about."""
    said = (messages.c.case_id == case_id, messages.c.inbox.in_(inboxes), messages.c.thread != "")
    return list(
        c.execute(
            select(messages.c.inbox, messages.c.thread, identities)
            .join(identities, identities.c.id == messages.c.identity_id)
            .where(*said)
            .distinct()
            .order_by(messages.c.inbox, messages.c.thread)
        )
    )


def _his(c: Connection, place: Row[Any]) -> set[int]:
    """Return the identities that speak for whoever talks there."""
    own = select(identities.c.id).where(identities.c.customer_id == place.customer_id)
    written_to = (
        select(messages.c.identity_id)
        .join(letters, letters.c.letter_id == messages.c.id)
        .where(letters.c.identity_id == place.id)
    )
    return {*c.scalars(own), *c.scalars(written_to)}


def _append(
    c: Connection, row: Row[Any], place: Row[Any], show: Show, voice: str, now: datetime
) -> None:
    kind = AuthorKind(row.author)
    name = "" if kind is AuthorKind.CUSTOMER else row.agent_name or voice
    said = SaidElsewhere(
        message_id=row.id,
        visitor=place.address,
        author=Author(kind=kind, name=name),
        text=row.text,
        said_at=row.created_at,
        files=files_of(c, row.id),
    )
    shown = show(said)
    key = line_key(row.id)
    arrivals.append_line(c, place.inbox, place.thread, key, shown.line, now=now)
    for state, value in shown.state.items():
        arrivals.save_state(c, place.inbox, state, value, now=now)
