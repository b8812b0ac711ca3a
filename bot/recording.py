"""The unit of work that turns one arrival into the record: who, which case, what was said."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from desk.arrivals import actions as arrivals
from desk.cases import actions as cases
from desk.cases import people, talk, threading
from desk.cases import queries as case_queries
from desk.cases.actions import NewCase
from desk.cases.findings import findings
from desk.cases.threading import Verdict
from desk.customers import actions as customers
from desk.customers import queries as customer_queries
from desk.db import jobs
from desk.db.jobs import Job
from desk.events import actors, log
from desk.events.facts import ChoiceTaken
from desk.kit.errors import Conflict, Unreadable
from desk.kit.text import clean, indexed, shorten
from desk.messages import actions as messages
from desk.messages import deliveries
from desk.messages import queries as said
from desk.messages.actions import Place, StoredFile
from desk.ports.messages import (
    ButtonPressed,
    DeliveryReported,
    Inbound,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    ReachabilityChanged,
    Sender,
)
from desk.queues import actions as queues
from desk.queues.queries import InboxView


class Parsed(Struct, frozen=True):
    """One thing a payload says, with the files of it that could be fetched."""

    what: Inbound
    files: tuple[StoredFile, ...] = ()


class Desk(Struct, frozen=True, kw_only=True):
    """Where an arrival came in, and how its channel behaves."""

    inbox: InboxView
    join_within: timedelta = timedelta()  # a new conversation joins a case this fresh


def record(
    c: Connection,
    job: Job,
    desk: Desk,
    parsed: Sequence[Parsed],
    *,
    arrival_id: int,
    now: datetime,
) -> None:
    """Record all that one arrival says and finish its job, in one commit.

    Raises:
        Conflict: another worker has the job by now; nothing is recorded here.
    """
    if not jobs.finish(c, job):
        raise Conflict("The lease of this arrival was lost.")
    for one in parsed:
        _record(c, desk, one, arrival_id, now)
    arrivals.settle(c, arrival_id, "recorded" if parsed else "ignored", now=now)


def _record(c: Connection, desk: Desk, one: Parsed, arrival_id: int, now: datetime) -> None:
    inbox = desk.inbox
    _check_names(one.what)
    match one.what:
        case InboundMessage() as message:
            known = messages.find_external(c, inbox.key, message.external_id)
            if known is not None and _is_anothers(c, known, message):
                message = replace(message, external_id=f"{message.external_id}#{arrival_id}")
                known = messages.find_external(c, inbox.key, message.external_id)
            if known is None:
                _message(c, desk, message, one.files, arrival_id, now)
        case MessageEdited(external_id=external_id, text=text, html=html):
            known = messages.find_external(c, inbox.key, external_id)
            if known is not None and (author := _author(c, known)):
                messages.edit(c, known, text, html, actor=author, now=now)
        case MessageDeleted(external_id=external_id):
            known = messages.find_external(c, inbox.key, external_id)
            if known is not None and (author := _author(c, known)):
                messages.tombstone(c, known, actor=author, now=now)
        case ButtonPressed() as press:
            _pressed(c, desk, press, now)
        case ReachabilityChanged(address=address, reachable=reachable, reason=reason):
            identity = customer_queries.find_identity(c, inbox.channel, address)
            if identity is not None:
                customers.set_reachable(
                    c, identity.id, reachable, reason, actor=actors.SYSTEM, now=now
                )
        case DeliveryReported(external_id=external_id, state=state, detail=detail):
            deliveries.report(c, inbox.key, external_id, state, detail, now=now)


def _message(
    c: Connection,
    desk: Desk,
    message: InboundMessage,
    files: tuple[StoredFile, ...],
    arrival_id: int,
    now: datetime,
) -> None:
    inbox = desk.inbox
    if not message.opens_case and not message.link_token and _is_nobodys(c, desk, message):
        return
    known = customers.identify(c, inbox.channel, message.sender, actor=actors.SYSTEM, now=now)
    actor = actors.customer(known.customer_id)
    if message.link_token:
        people.prove(c, message.link_token, known.identity_id, actor=actor, now=now)
        if not message.text.strip() and not files:
            return  # a bare proof is no message
    customer_id = customer_queries.identity(c, known.identity_id).customer_id
    actor = actors.customer(customer_id)
    fresh_since = now - desk.join_within if desk.join_within else None
    found = findings(c, message, customer_id, inbox.key, fresh_since=fresh_since)
    verdict = threading.decide(message, found)
    case_id = verdict.case_id or _open(c, desk, message, verdict, customer_id, now)
    place = Place(
        case_id=case_id,
        identity_id=known.identity_id,
        inbox=inbox.key,
        channel=inbox.channel,
        thread=message.thread,
    )
    talk.take_in(c, message, place, files, actor=actor, arrival_id=arrival_id, now=now)
    queues.note_inbound(c, inbox.key, now=now)


def _is_nobodys(c: Connection, desk: Desk, message: InboundMessage) -> bool:
    """Return whether chatter belongs to no case: colleagues among themselves, a bare /start.

    Asked before anybody becomes a customer by it.
    """
    inbox = desk.inbox
    known = customer_queries.find_identity(c, inbox.channel, message.sender.address)
    customer_id = known.customer_id if known else 0
    found = findings(c, message, customer_id, inbox.key)
    return threading.decide(message, found).case_id is None


def _open(
    c: Connection,
    desk: Desk,
    message: InboundMessage,
    verdict: Verdict,
    customer_id: int,
    now: datetime,
) -> int:
    inbox = desk.inbox
    automatic = message.automation is not None
    new = NewCase(
        subject=message.subject or shorten(message.text, 80) or "(no subject)",
        customer_id=customer_id,
        queue_id=inbox.queue_id,
        inbox=inbox.key,
        channel=inbox.channel,
        thread=message.thread,
        with_bot=inbox.bot and not automatic and not message.wants_person,
        language=message.language,
        follows_id=verdict.follows_id,
        flag=verdict.flag,
        automatic=automatic,
    )
    return cases.open_case(c, new, actor=actors.customer(customer_id), now=now)


def _pressed(c: Connection, desk: Desk, press: ButtonPressed, now: datetime) -> None:
    """Note a choice under one of our messages; the bot and the ratings read the fact."""
    inbox = desk.inbox
    source = (
        messages.find_external(c, inbox.key, press.source_external_id)
        if press.source_external_id
        else None
    )
    if source is None:
        case_id = case_queries.of_thread(c, inbox.key, press.thread)
    else:
        place = said.place_of(c, source)
        case_id = place.case_id if _was_shown(c, place, press) else None
    if case_id is None:
        return
    known = customers.identify(c, inbox.channel, press.sender, actor=actors.SYSTEM, now=now)
    value = clean(press.value)[:200]
    label = said.label_of(c, source, value) if source is not None else ""
    fact = ChoiceTaken(message_id=source, value=value, inbox=inbox.key, label=label)
    actor = actors.customer(known.customer_id)
    log.append(c, fact, now=now, actor=actor, case_id=case_id, customer_id=known.customer_id)


def _check_names(what: Inbound) -> None:
    """Refuse a sender or a conversation under a name that no network gives.

    Raises:
        Unreadable: it is too long for an index, or holds what no text may.
    """
    sender = getattr(what, "sender", None)
    names = [getattr(what, "thread", ""), sender.address if isinstance(sender, Sender) else ""]
    if any(indexed(name) != name for name in names):
        raise Unreadable("No sender and no conversation is called like this.")


def _is_anothers(c: Connection, known: int, message: InboundMessage) -> bool:
    """Return whether a known id is in truth another customer's message: ids can be made up.

    One of ours that comes back is no customer's.
    """
    row = said.message(c, known)
    writer = customer_queries.identity(c, row.identity_id)
    return row.author == "customer" and writer.address != message.sender.address


def _was_shown(c: Connection, place: Place, press: ButtonPressed) -> bool:
    """Return whether a message stands where he who pressed can see it: ids can be guessed."""
    recipient = customer_queries.identity(c, place.identity_id)
    return place.thread == press.thread or recipient.address == press.sender.address


def _author(c: Connection, message_id: int) -> actors.Actor | None:
    """Return the customer who wrote a message; None for ours: nobody outside changes those."""
    row = said.message(c, message_id)
    if row.author != "customer":
        return None
    return actors.customer(customer_queries.identity(c, row.identity_id).customer_id)
