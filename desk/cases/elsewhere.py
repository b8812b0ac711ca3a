"""What one of us said to a customer outside of the desk, in his mail program: part of the case."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from desk.cases import rules
from desk.cases.actions import lock, move
from desk.cases.findings import answered_cases
from desk.cases.merging import target_of
from desk.cases.rules import ACTIVE, Status
from desk.cases.tables import cases
from desk.cases.talk import answered_by_person
from desk.customers import queries as customers
from desk.events import actors, log
from desk.events.facts import ReplyWritten
from desk.kit.text import shorten
from desk.messages import actions as messages
from desk.messages import queries as said
from desk.messages.actions import Place, StoredFile
from desk.messages.tables import messages as message_rows
from desk.messages.tables import notes
from desk.ports.messages import MessageSent


def case_of(c: Connection, inbox: str, sent: MessageSent) -> int | None:
    """Return the case that a message of ours belongs to: proved by its token, or answered by it."""
    if sent.case_id is not None:
        known = c.execute(select(cases.c.id).where(cases.c.id == sent.case_id)).first()
        if known is not None:
            return target_of(c, sent.case_id)
    return next(iter(answered_cases(c, inbox, sent.in_reply_to)), None)


def works_in(c: Connection, case_id: int, agent_id: int) -> bool:
    """Return whether an agent has a case, or has answered or noted something in it."""
    has = select(cases.c.id).where(cases.c.id == case_id, cases.c.assignee_id == agent_id)
    wrote = select(message_rows.c.id).where(
        message_rows.c.case_id == case_id, message_rows.c.agent_id == agent_id
    )
    noted = select(notes.c.id).where(notes.c.case_id == case_id, notes.c.agent_id == agent_id)
    return any(c.execute(query.limit(1)).first() for query in (has, wrote, noted))


def reaches_customer(c: Connection, case_id: int, recipients: Sequence[str]) -> bool:
    """Return whether a message addressed to `recipients` went to a case's customer."""
    customer_id = c.scalar(select(cases.c.customer_id).where(cases.c.id == case_id))
    his = {one.address for one in customers.identities_of(c, customer_id or 0)}
    return bool(his & set(recipients))


def take_sent(
    c: Connection,
    sent: MessageSent,
    place: Place,
    files: Sequence[StoredFile],
    *,
    agent_id: int | None,
    now: datetime,
) -> int:
    """Store a reply that went out by another way, and do to the case what a reply does.

    Return the message's id. Nothing is sent. `agent_id` None: it is not known who wrote it;
    then the case stays with whom it is.

    Raises:
        Conflict: another process stored the message; run the unit again.
    """
    row = lock(c, place.case_id)
    message_id = messages.keep_sent(c, sent, place, files, agent_id=agent_id, now=now)
    actor = actors.agent(agent_id) if agent_id is not None else actors.SYSTEM
    fact = ReplyWritten(message_id=message_id, author="agent", inbox=place.inbox)
    log.append(c, fact, now=now, actor=actor, case_id=row.id, customer_id=row.customer_id)
    preview = shorten(sent.text or ", ".join(file.name for file in files), 140)
    said_last = {"last_message_at": now, "preview": preview}
    c.execute(update(cases).where(cases.c.id == row.id).values(**said_last))
    answered_by_person(c, row, actor=actor, now=now)
    status = Status(row.status)
    if status in ACTIVE and not rules.refusal(status, Status.PENDING):
        move(c, row, Status.PENDING, actor=actor, now=now)
    return message_id


def place_of(c: Connection, inbox: str, channel: str, case_id: int, sent: MessageSent) -> Place:
    """Return where in the record it belongs: beside the customer it was written to."""
    for address in sent.recipients:
        to = customers.find_identity(c, channel, address)
        if to is not None:
            return Place(case_id=case_id, identity_id=to.id, inbox=inbox, channel=channel)
    last = said.last_place(c, case_id, None)
    if last is None:
        row = lock(c, case_id)
        identity_id = customers.identities_of(c, row.customer_id)[0].id
    else:
        identity_id = last.identity_id
    return Place(case_id=case_id, identity_id=identity_id, inbox=inbox, channel=channel)
