"""What is said in a case: a customer's message taken in; replies and notes written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Row, update

from desk.cases import copies, rules
from desk.cases.actions import assign, hand_off, lock, move
from desk.cases.findings import has_written
from desk.cases.merging import target_of
from desk.cases.reopening import acknowledged, may_go_on, wake_up
from desk.cases.rules import Status
from desk.cases.tables import cases, episodes
from desk.cases.thanks import Thanks
from desk.customers import queries as customers
from desk.events import log
from desk.events.actors import SYSTEM, Actor
from desk.events.facts import CaseAcknowledged, MessageReceived, ReplyWritten
from desk.kit.errors import Conflict, Invalid
from desk.kit.text import clean, shorten, without_tags
from desk.messages import actions as messages
from desk.messages import deliveries
from desk.messages import queries as said
from desk.messages.actions import NoteDraft, Place, StoredFile, Written
from desk.ports.messages import Choice, InboundMessage, Reason


class Reply(Struct, frozen=True, kw_only=True):
    """What an agent, the bot or the system says to the customer.

    `then` is the status afterwards; None leaves it. `identity_id` None: where he last wrote.
    `cc` get a copy; None: whom his last message was addressed to besides us.
    `client_id` is the writer's idempotency key: the same key again is the same reply.
    """

    text: str
    html: str
    author: str = "agent"
    then: Status | None = Status.PENDING
    identity_id: int | None = None
    choices: tuple[Choice, ...] = ()
    files: tuple[StoredFile, ...] = ()
    cc: tuple[str, ...] | None = ()
    client_id: str | None = None


def take_in(
    c: Connection,
    message: InboundMessage,
    place: Place,
    files: Sequence[StoredFile],
    *,
    actor: Actor,
    arrival_id: int | None,
    now: datetime,
) -> int:
    """Store a customer's message in its case, move the case accordingly, return the message's id.

    A machine's message (out of office, a list) is kept and shown; it moves nothing.

    Raises:
        Conflict: the case was closed meanwhile, or another process stored the message; run the
            unit again.
    """
    row = lock(c, place.case_id)
    if row.merged_into_id is not None:
        raise Conflict("The case was merged in the same moment: look again where this belongs.")
    thanked = acknowledged(c, row, message, now=now)
    moves = message.automation is None and thanked is None
    if moves and not may_go_on(c, row, now=now):
        raise Conflict("The case was closed in the same moment: look again where this belongs.")
    message_id = messages.receive(c, message, place, files, arrival_id=arrival_id, now=now)
    fact = MessageReceived(
        message_id=message_id,
        inbox=place.inbox,
        channel=place.channel,
        automatic=message.automation is not None,
        wants_person=message.wants_person,
        unseen=message.unseen,
    )
    log.append(c, fact, now=now, actor=actor, case_id=row.id, customer_id=row.customer_id)
    _show(c, row, message, files, place if moves else None, now)
    if moves:
        wake_up(c, row, actor=actor, now=now)
    if thanked is not None:
        _acknowledge(c, row, message_id, thanked, now=now)
    return message_id


def _show(
    c: Connection,
    row: Row[Any],
    message: InboundMessage,
    files: Sequence[StoredFile],
    moved_to: Place | None,
    now: datetime,
) -> None:
    """Let a case show what was said last in it, and where its customer is."""
    values: dict[str, Any] = {}
    if message.came_at is None or now >= row.last_message_at:  # history may be older than the rest
        preview = shorten(message.text or _names(files), 140)
        values |= {"last_message_at": now, "preview": preview}
    if moved_to is not None:
        values |= {
            "last_inbound_at": now,
            "inbox": moved_to.inbox,
            "channel": moved_to.channel,
            "thread": moved_to.thread,
            "unanswered_since": row.unanswered_since or now,
        }
    if values:
        c.execute(update(cases).where(cases.c.id == row.id).values(**values))


def _acknowledge(
    c: Connection, row: Row[Any], message_id: int, thanked: Thanks, *, now: datetime
) -> None:
    words = f"It only says thank you ({thanked.reason}): the case stays {row.status}."
    messages.explain(c, message_id, Reason("acknowledged", words))
    fact = CaseAcknowledged(message_id=message_id, reason=thanked.reason)
    log.append(c, fact, now=now, actor=SYSTEM, case_id=row.id, customer_id=row.customer_id)


def reply(c: Connection, case_id: int, said_now: Reply, *, actor: Actor, now: datetime) -> int:
    """Write to the customer: message, delivery and what it does to the case, in one commit.

    Raises:
        Conflict: the case is closed, its customer cannot be reached there, or the `client_id`
            was used for something else.
        Invalid: there is nothing to say, or nobody to say it to.
    """
    if not clean(said_now.text).strip() and not said_now.files:
        raise Invalid("Write something first.", pointer="/text")
    row = lock(c, target_of(c, case_id))
    known = said.by_client_id(c, said_now.client_id) if said_now.client_id else None
    if known is not None:
        agent_id = actor.id if said_now.author == "agent" else None
        return _same(known, (row.id, agent_id, clean(said_now.text)))
    if row.status == Status.CLOSED:
        raise Conflict("The case is closed: nothing more is sent in it.")
    place = _place(c, row, said_now.identity_id)
    if said_now.author != "agent" and not customers.identity(c, place.identity_id).may_be_told:
        raise Conflict(
            "This customer gets nothing automatic: he asked for that, or cannot be reached."
        )
    written = Written(
        text=said_now.text,
        html=said_now.html,
        author=said_now.author,
        agent_id=actor.id if said_now.author == "agent" else None,
        choices=said_now.choices,
        files=said_now.files,
        recipients=_copied(c, said_now, place),
        client_id=said_now.client_id,
    )
    message_id = messages.write(c, written, place, now=now)
    deliveries.queue(c, message_id, place, now=now)
    fact = ReplyWritten(message_id=message_id, author=said_now.author, inbox=place.inbox)
    log.append(c, fact, now=now, actor=actor, case_id=row.id, customer_id=row.customer_id)
    preview = shorten(without_tags(said_now.html) or _names(said_now.files), 140)
    c.execute(
        update(cases).where(cases.c.id == row.id).values(last_message_at=now, preview=preview)
    )
    if said_now.author == "agent":
        answered_by_person(c, row, actor=actor, now=now)
    if said_now.then is not None and not rules.refusal(Status(row.status), said_now.then):
        move(c, row, said_now.then, actor=actor, now=now)
    return message_id


def note(c: Connection, draft: NoteDraft, *, actor: Actor, now: datetime) -> int:
    """Write a note for colleagues; it goes nowhere else. Return its id.

    Raises:
        NotFound, Conflict, Invalid: as `reply` does.
    """
    if not clean(draft.text).strip():
        raise Invalid("Write something first.", pointer="/text")
    draft = replace(draft, case_id=target_of(c, draft.case_id))
    lock(c, draft.case_id)
    known = said.note_by_client_id(c, draft.client_id) if draft.client_id else None
    if known is not None:
        return _same(known, (draft.case_id, actor.id, clean(draft.text)))
    return messages.add_note(c, draft, actor=actor, now=now)


def answered_by_person(c: Connection, row: Row[Any], *, actor: Actor, now: datetime) -> None:
    """Do to a locked case what an agent's answer does: it is his now, and the clock has it."""
    if row.with_bot:
        hand_off(c, row.id, "an agent answered", actor=actor, now=now)
    values: dict[str, Any] = {"unanswered_since": None}
    if row.first_reply_at is None:
        values["first_reply_at"] = now
    c.execute(update(cases).where(cases.c.id == row.id).values(**values))
    c.execute(
        update(episodes)
        .where(
            episodes.c.case_id == row.id,
            episodes.c.episode == row.episode,
            episodes.c.first_reply_at.is_(None),
        )
        .values(first_reply_at=now)
    )
    if row.assignee_id is None and actor.id is not None:
        assign(c, row.id, actor.id, actor=actor, now=now)


def _place(c: Connection, row: Row[Any], identity_id: int | None) -> Place:
    """Return where a reply goes: to the identity asked for, else where the customer last wrote."""
    last = said.last_place(c, row.id, identity_id)
    if last is None or (identity_id is not None and not _is_of(c, row, identity_id)):
        raise Invalid("This customer has never written there: nothing can be sent.")
    identity = customers.identity(c, last.identity_id)
    if not identity.reachable and identity_id is None:
        raise Conflict(
            f"{identity.name or identity.address} cannot be reached there"
            f" ({identity.unreachable_reason}). Choose another way to write."
        )
    return Place(
        case_id=row.id,
        identity_id=last.identity_id,
        inbox=last.inbox,
        channel=last.channel,
        thread=last.thread,
    )


def _copied(c: Connection, said_now: Reply, place: Place) -> tuple[str, ...]:
    if said_now.cc is None:
        return copies.usual(c, place)
    return copies.chosen(said_now.cc, customers.identity(c, place.identity_id).address)


def _is_of(c: Connection, row: Row[Any], identity_id: int) -> bool:
    """Return whether an identity is the case's customer's, or of somebody who wrote in it."""
    customer_id = customers.identity(c, identity_id).customer_id
    return customer_id == row.customer_id or has_written(c, row.id, customer_id)


def _same(known: Row[Any], asked: tuple[int, int | None, str]) -> int:
    """Return the id of what was written before, if it is what is asked for now."""
    if (known.case_id, known.agent_id, known.text) != asked:
        raise Conflict(messages.KEY_IS_TAKEN)
    return int(known.id)


def _names(files: Sequence[StoredFile]) -> str:
    return ", ".join(file.name for file in files)
