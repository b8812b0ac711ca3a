"""What a network says of our messages, done to the record: failed, on its way, called spam."""

from datetime import datetime

from sqlalchemy import Connection

from desk.cases import actions as cases
from desk.customers import actions as customers
from desk.customers import queries as customer_queries
from desk.events.actors import SYSTEM
from desk.kit.text import shorten
from desk.messages import reported
from desk.messages.reported import About, Place
from desk.messages.rules import DeliveryState
from desk.ports.inbound import Complained, DeliveryReported
from desk.queues.queries import InboxView


def take_report(c: Connection, inbox: InboxView, told: DeliveryReported, *, now: datetime) -> bool:
    """Show what became of a message of ours; return False when we know of no such message.

    An address is marked as wrong only on proof: anybody can write a mail that looks like a
    report.
    """
    about = reported.find(c, _place(inbox), (told.external_id, *told.about), told.address, now=now)
    if about is None:
        return False
    failed = told.state == DeliveryState.FAILED
    copy = about.is_copy(told.address)
    if copy and not failed:
        return True  # what is shown is what became of the letter itself
    fresh = copy or reported.record(c, about, told.state, told.detail, now=now)
    if failed and fresh:
        to = told.address if copy else about.address
        why = shorten(f"Not delivered to {to}: {told.detail}", 250)
        cases.set_flag(c, about.case_id, why, actor=SYSTEM, now=now)
        if told.final and told.proved:
            _mark_wrong(c, inbox, about, told, now=now)
    return True


def take_complaint(c: Connection, inbox: InboxView, told: Complained, *, now: datetime) -> bool:
    """Stop automatic messages to who calls ours spam; False when it names none of ours."""
    ids = (told.external_id, *told.about)
    about = reported.find(c, _place(inbox), ids, None, now=now)
    if about is None or not told.proved:
        return False
    customers.complain(c, about.identity_id, actor=SYSTEM, now=now)
    why = f"{about.address} called a message of ours spam: automatic ones are not sent any more"
    cases.set_flag(c, about.case_id, shorten(why, 250), actor=SYSTEM, now=now)
    return True


def _place(inbox: InboxView) -> Place:
    return Place(inbox.key, inbox.channel)


def _mark_wrong(
    c: Connection, inbox: InboxView, about: About, told: DeliveryReported, *, now: datetime
) -> None:
    identity_id = about.identity_id
    if about.is_copy(told.address):
        copied = customer_queries.find_identity(c, inbox.channel, told.address or "")
        if copied is None:
            return
        identity_id = copied.id
    customers.set_reachable(c, identity_id, False, told.detail, actor=SYSTEM, now=now)
