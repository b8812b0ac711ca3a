"""What facts make the record do by itself: keep everything findable."""

from datetime import datetime

from sqlalchemy import Connection

from desk.cases import queries, reopening, standing
from desk.customers import queries as customers
from desk.db import search
from desk.events.actors import ActorKind
from desk.events.facts import (
    CaseOpened,
    CaseReopened,
    MessageChanged,
    MessageReceived,
    ReplyWritten,
)
from desk.events.log import Event
from desk.events.people import CustomerCreated, CustomersMerged, IdentityAdded
from desk.messages import queries as said


def on_event(c: Connection, event: Event, now: datetime) -> None:
    """Index what was written or met. Safe to repeat."""
    match event.fact:
        case MessageReceived(message_id=message_id) | ReplyWritten(message_id=message_id):
            _index_message(c, message_id)
        case MessageChanged(message_id=message_id):
            _index_message(c, message_id)
            if event.case_id is not None:
                standing.preview(c, event.case_id)
        case CustomerCreated() | IdentityAdded() | CustomersMerged():
            if event.customer_id is not None:
                _index_customer(c, event.customer_id)
        case CaseReopened() if event.case_id is not None and event.actor.kind is ActorKind.AGENT:
            reopening.unlearn(c, event.case_id, now=now)
        case CaseOpened(number=number) if event.case_id is not None:
            case = queries.by_id(c, event.case_id)
            search.index(c, search.CASE, case.id, f"{number} {case.subject}", "")


def _index_message(c: Connection, message_id: int) -> None:
    message = said.message(c, message_id)
    if message.deleted:
        search.remove(c, search.MESSAGE, message_id)
        return
    names = " ".join(file.name for file in message.files)
    search.index(c, search.MESSAGE, message_id, message.subject or "", f"{message.text}\n{names}")


def _index_customer(c: Connection, customer_id: int) -> None:
    customer = customers.show(c, customer_id)
    handles = [i.address for i in customer.identities]
    claims = [value for i in customer.identities for value in i.profile.values()]
    search.index(
        c, search.CUSTOMER, customer.id, customer.name or "", " ".join([*handles, *claims])
    )
