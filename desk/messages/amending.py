"""What agents change of what was sent: the record first, the network by a job of its own."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from desk.db import jobs
from desk.events import log
from desk.events.actors import SYSTEM, Actor
from desk.events.facts import MessageChanged
from desk.kit.errors import Conflict, Invalid, NotFound
from desk.kit.text import clean
from desk.messages import actions, reactions
from desk.messages.rules import ARRIVED
from desk.messages.tables import deliveries, external_ids, messages

AMEND = "amend"  # the kind of job that makes the network show it
EDIT, TAKE_BACK, REACT, TITLE = "edit", "take_back", "react", "title"


def edit(
    c: Connection, message_id: int, text: str, html: str, *, actor: Actor, now: datetime
) -> None:
    """Change the words of an answer that arrived; the version before is kept.

    Raises:
        Conflict: it has not arrived, was taken back, or went out in several parts.
        Invalid: nothing is left of it.
        NotFound: there is no such answer.
    """
    if not clean(text).strip():
        raise Invalid("Write something, or take the message back.", "/text")
    row, parts = _sent(c, message_id)
    if len(parts) != 1:
        raise Conflict("It went out in several parts: write a correction instead.")
    if actions.edit(c, message_id, text, html, actor=actor, now=now):
        _queue(c, row, {"op": EDIT}, now=now)


def take_back(c: Connection, message_id: int, *, actor: Actor, now: datetime) -> None:
    """Take an answer back that arrived; here it stays to be read by those who may.

    Raises:
        Conflict: it has not arrived, or was taken back before.
        NotFound: there is no such answer.
    """
    row, _ = _sent(c, message_id)
    actions.tombstone(c, message_id, actor=actor, now=now)
    sent = list(c.scalars(_network_ids(row)))  # one part may be several messages there: an album
    _queue(c, row, {"op": TAKE_BACK, "external_ids": sent}, now=now)


def react(
    c: Connection, message_id: int, emoji: str, *, on: bool, actor: Actor, now: datetime
) -> None:
    """Put an emoji on a message in an agent's name, or take it off.

    Raises:
        Invalid: an emoji that not every network has.
        Conflict: its network has no name for the message (yet).
        NotFound: there is no such message.
    """
    if emoji not in reactions.PALETTE:
        raise Invalid(f"Choose one of {' '.join(reactions.PALETTE)}.", "/emoji")
    row = _message(c, message_id)
    if network_id(c, row) is None:
        raise Conflict("This message is not on its way yet.")
    told = {"added": (emoji,)} if on else {"removed": (emoji,)}
    if reactions.react(c, message_id, f"agent:{actor.id}", actor=actor, now=now, **told):
        _queue(c, row, {"op": REACT, "emoji": emoji}, now=now)


def mark(c: Connection, message_id: int, emoji: str, *, on: bool, now: datetime) -> None:
    """Put an emoji of the desk's own on a customer's message, or take it off."""
    row = _message(c, message_id)
    told = {"added": (emoji,)} if on else {"removed": (emoji,)}
    if reactions.react(c, message_id, reactions.DESK, actor=SYSTEM, now=now, **told):
        _queue(c, row, {"op": REACT, "emoji": emoji}, now=now)


def settle(c: Connection, message_id: int, text: str, html: str, *, now: datetime) -> None:
    """Let a question of ours, once it is answered, say so in place of its buttons."""
    row = _message(c, message_id)
    if row.deleted_at is not None:
        return
    mine = messages.c.id == message_id
    c.execute(update(messages).where(mine).values(text=text, html=html, choices=[]))
    log.append(c, MessageChanged(message_id=message_id), now=now, actor=SYSTEM, case_id=row.case_id)
    show(c, message_id, now=now)


def show(c: Connection, message_id: int, *, now: datetime) -> None:
    """Make the network show a message of ours as the record has it."""
    row = _message(c, message_id)
    if network_id(c, row) is not None and row.deleted_at is None:
        _queue(c, row, {"op": EDIT}, now=now)


def title(c: Connection, message_id: int, *, done: bool, now: datetime) -> None:
    """Let the thread that an answer went to say whether its case is done."""
    _queue(c, _message(c, message_id), {"op": TITLE, "done": done}, now=now)


def network_id(c: Connection, row: Row[Any]) -> str | None:
    """Return the network's id of a message, of its first part."""
    found: str | None = c.scalars(_network_ids(row).limit(1)).first()
    return found


def _network_ids(row: Row[Any]) -> Select[Any]:
    return select(external_ids.c.external_id).where(
        external_ids.c.message_id == row.id, external_ids.c.inbox == row.inbox
    )


def _sent(c: Connection, message_id: int) -> tuple[Row[Any], list[Row[Any]]]:
    row = _message(c, message_id)
    if row.author != "agent":
        raise NotFound("Only an agent's answer can be changed.")
    if row.deleted_at is not None:
        raise Conflict("It was taken back already.")
    parts = list(
        c.execute(
            select(deliveries)
            .where(deliveries.c.message_id == message_id)
            .order_by(deliveries.c.part)
        )
    )
    if not parts or any(part.state not in ARRIVED for part in parts):
        raise Conflict("It has not arrived yet; wait a moment.")
    return row, parts


def _message(c: Connection, message_id: int) -> Row[Any]:
    row = c.execute(
        select(messages).where(messages.c.id == message_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such message.")
    return row


def _queue(c: Connection, row: Row[Any], told: dict[str, Any], *, now: datetime) -> None:
    payload = {"message": row.id, **told}
    order = f"{row.inbox}:{row.identity_id}"  # after what is on its way to him
    jobs.enqueue(c, AMEND, payload, due_at=now, lane=row.inbox, order_key=order)
