"""A message as its channel gets it: everything the sender needs, read in one unit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, select

from desk.agents.tables import agents
from desk.cases.tables import cases
from desk.customers.tables import customers, identities
from desk.messages import queries as said
from desk.messages.tables import attachments, deliveries, messages
from desk.ports.messages import Author, AuthorKind, Choice, OutboundFile, OutboundMessage


class Send(Struct, frozen=True, kw_only=True):
    """One part of a message that waits to be sent."""

    delivery_id: int
    part: int
    state: str
    attempts: int
    queued_at: datetime


class Outgoing(Struct, frozen=True, kw_only=True):
    """A message to one recipient with its deliveries, in order of their parts."""

    message: OutboundMessage
    inbox: str
    identity_id: int
    sends: list[Send]
    is_courtesy: bool = False  # nobody needs to know when it does not arrive, or how it looked


def outgoing(c: Connection, message_id: int, identity_id: int, *, voice: str) -> Outgoing:
    """Return what is to be sent to one recipient; `voice` names the bot and the system."""
    row = c.execute(
        select(
            messages,
            cases.c.number,
            cases.c.subject.label("case_subject"),
            customers.c.language,
            customers.c.name.label("customer_name"),
            identities.c.address,
            agents.c.name.label("agent_name"),
        )
        .join(cases, cases.c.id == messages.c.case_id)
        .join(identities, identities.c.id == identity_id)
        .join(customers, customers.c.id == identities.c.customer_id)
        .outerjoin(agents, agents.c.id == messages.c.agent_id)
        .where(messages.c.id == message_id)
    ).one()
    sends = c.execute(
        select(deliveries)
        .where(deliveries.c.message_id == message_id, deliveries.c.identity_id == identity_id)
        .order_by(deliveries.c.part)
    ).all()
    return Outgoing(
        message=_message(c, row, identity_id, sends, voice),
        inbox=row.inbox,
        identity_id=identity_id,
        sends=[
            Send(
                delivery_id=s.id,
                part=s.part,
                state=s.state,
                attempts=s.attempts,
                queued_at=s.queued_at,
            )
            for s in sends
        ],
    )


def _message(
    c: Connection, row: Row[Any], identity_id: int, sends: Sequence[Row[Any]], voice: str
) -> OutboundMessage:
    detached = any(send.detached for send in sends)
    last = None if detached else said.last_inbound(c, row.case_id, identity_id, row.inbox)
    return OutboundMessage(
        id=sends[0].public_id,
        case_id=row.case_id,
        case_number=row.number,
        message_id=row.id,
        recipient=row.address,
        recipient_name=row.customer_name,
        thread=row.thread,
        text=row.text,
        written_at=row.created_at,
        author=Author(kind=AuthorKind(row.author), name=row.agent_name or voice),
        subject=(last.subject if last is not None else None) or row.case_subject,
        in_reply_to=last.external_id if last is not None else None,
        references=() if detached else tuple(said.thread_ids(c, row.case_id, row.inbox)),
        cc=tuple(row.recipients or ()),
        attachments=files_of(c, row.id),
        choices=tuple(Choice(**choice) for choice in row.choices),
        automatic=row.author != AuthorKind.AGENT,
        plain=any(send.plain for send in sends),
        language=row.language,
    )


def files_of(c: Connection, message_id: int) -> tuple[OutboundFile, ...]:
    """Return the files of a message whose bytes we have."""
    rows = c.execute(
        select(attachments)
        .where(attachments.c.message_id == message_id, attachments.c.blob.is_not(None))
        .order_by(attachments.c.id)
    )
    return tuple(
        OutboundFile(name=row.name, mime=row.mime, size_bytes=row.size_bytes, blob=row.blob)
        for row in rows
    )
