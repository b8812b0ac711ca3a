"""The unit of work that turns one arrival into the record: who, which case, what was said."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from bot import colleagues, homes, requests
from bot.flows import typed
from bot.hub import links as hub_links
from bot.hub import staff
from bot.intake import Desk, take_message, take_sent
from bot.reports import take_complaint, take_report
from desk.arrivals import actions as arrivals
from desk.cases import places, renaming
from desk.cases import queries as case_queries
from desk.customers import actions as customers
from desk.customers import blocking
from desk.customers import queries as customer_queries
from desk.db import jobs
from desk.db.jobs import Job
from desk.events import actors, log
from desk.events.facts import ChoiceTaken
from desk.kit.errors import Unreadable
from desk.kit.text import clean, indexed, shorten
from desk.messages import actions as messages
from desk.messages import deliveries, reactions
from desk.messages import queries as said
from desk.messages.actions import Place, StoredFile
from desk.notices import actions as notices
from desk.ports.inbound import (
    CaseLinked,
    Complained,
    CustomerAsked,
    DeliveryReported,
    HomeOpened,
    HubPressed,
    HubSaid,
    Inbound,
    PlaceLost,
    PlaceMoved,
    PlaceRenamed,
    ReachabilityChanged,
    StaffUnreachable,
    ThreadOpened,
)
from desk.ports.messages import (
    ButtonPressed,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    MessageReacted,
    MessageSent,
    Sender,
)
from desk.queues.queries import InboxView

_US = actors.SYSTEM


class Outcome(StrEnum):
    """What became of one thing that was said; the first of them tells for the whole arrival."""

    RECORDED = "recorded"
    BLOCKED = "blocked"  # of somebody who is not heard any more
    UNMATCHED = "unmatched"  # a report about a message that we do not know
    IGNORED = "ignored"


class Parsed(Struct, frozen=True):
    """One thing a payload says, with the files of it that could be fetched."""

    what: Inbound
    files: tuple[StoredFile, ...] = ()


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
    jobs.conclude(c, job)
    became = {_record(c, desk, one, arrival_id, now) for one in parsed}
    outcome = min(became, key=list(Outcome).index, default=Outcome.IGNORED)
    why = _why(parsed, outcome)
    arrivals.settle(c, arrival_id, outcome.value, reason=why, now=now)


def _record(c: Connection, desk: Desk, one: Parsed, arrival_id: int, now: datetime) -> Outcome:
    """Record one thing said and return what became of it."""
    inbox = desk.inbox
    _check_names(one.what)
    match one.what:
        case InboundMessage() as message:
            return _message(c, desk, message, one.files, arrival_id, now)
        case MessageSent() as sent:
            if messages.find_external(c, inbox.key, sent.external_id) is None:
                return _became(taken=take_sent(c, desk, sent, one.files, now))
        case MessageEdited() | MessageDeleted() as told:
            _amended(c, desk, told, now)
        case MessageReacted() as told:
            _reacted(c, desk, told, now)
        case CustomerAsked() as asked:
            _asked(c, desk, asked, now)
        case ButtonPressed() as press:
            _pressed(c, desk, press, now)
        case ReachabilityChanged(address=address, reachable=reachable, reason=reason):
            met = customer_queries.find_identity(c, inbox.channel, address)
            if met is not None:
                customers.set_reachable(c, met.id, reachable, reason, actor=_US, now=now)
        case ThreadOpened(thread=thread, message_id=message_id):
            deliveries.move_thread(c, message_id, thread)
        case PlaceLost(place=place, reason=reason):
            places.lost(c, inbox.key, place, reason, now=now)
        case PlaceMoved(before=before, after=after):
            places.moved(c, inbox.key, before, after)
        case DeliveryReported() as told:
            if not take_report(c, inbox, told, now=now):
                bad = told.state in ("failed", "delayed")
                return Outcome.UNMATCHED if bad else Outcome.IGNORED
        case HubSaid() as told:
            return _became(taken=staff.take_said(c, desk, told, one.files, arrival_id, now))
        case HubPressed() as told:
            return _became(taken=staff.take_pressed(c, desk, told, now))
        case CaseLinked() as told:
            return _became(taken=hub_links.take(c, desk, told, now=now))
        case Complained() as told:
            if not take_complaint(c, inbox, told, now=now):
                return Outcome.UNMATCHED
        case StaffUnreachable() | HomeOpened() | PlaceRenamed() as told:
            _noted(c, inbox, told, now)
    return Outcome.RECORDED


def _message(
    c: Connection,
    desk: Desk,
    message: InboundMessage,
    files: tuple[StoredFile, ...],
    arrival_id: int,
    now: datetime,
) -> Outcome:
    """Record what somebody wrote to an inbox: an agent's token or mail, or a customer's words."""
    inbox = desk.inbox
    known = messages.find_external(c, inbox.key, message.external_id)
    if known is not None and _is_anothers(c, known, message):
        message = replace(message, external_id=f"{message.external_id}#{arrival_id}")
        known = messages.find_external(c, inbox.key, message.external_id)
    if blocking.is_blocked(c, inbox.channel, message.sender.address):
        return Outcome.BLOCKED
    if known is not None or staff.take_link(c, desk, message, now):
        return Outcome.RECORDED
    press = typed.press_of(c, inbox.key, message, now=now)
    if press is not None:
        _pressed(c, desk, press, now)
        return Outcome.RECORDED
    taken = colleagues.take(c, desk, message, files, now)
    return _became(taken=taken or take_message(c, desk, message, files, arrival_id, now))


def _became(*, taken: bool) -> Outcome:
    return Outcome.RECORDED if taken else Outcome.IGNORED


def _noted(
    c: Connection,
    inbox: InboxView,
    told: StaffUnreachable | HomeOpened | PlaceRenamed,
    now: datetime,
) -> None:
    """Take note of what is no word of a customer in a case."""
    match told:
        case StaffUnreachable():
            notices.mark_unreachable(c, told.agent_id, told.address, told.detail, now=now)
        case HomeOpened(sender=sender):
            homes.opened(c, inbox.key, sender.address, now=now)
        case PlaceRenamed():
            renaming.rename(c, inbox.key, told)


def _why(parsed: Sequence[Parsed], outcome: Outcome) -> str:
    """Return, for the admin, why an arrival is set aside; "" for one that is not."""
    if outcome is Outcome.BLOCKED:
        said = next(one.what for one in parsed if isinstance(one.what, InboundMessage))
        return shorten(f"Blocked: {said.sender.address}: {said.subject or said.text}", 500)
    return _unmatched(parsed) if outcome is Outcome.UNMATCHED else ""


def _unmatched(parsed: Sequence[Parsed]) -> str:
    """Return, for the admin, what reports told of that no message of ours is known for."""
    told = [one.what for one in parsed if isinstance(one.what, DeliveryReported | Complained)]
    named = ", ".join(filter(None, (one.address for one in told))) or "nobody by name"
    first = told[0].detail if isinstance(told[0], DeliveryReported) else "called spam"
    return shorten(f"A report about mail to {named}: {first}", 500)


def _asked(c: Connection, desk: Desk, asked: CustomerAsked, now: datetime) -> None:
    """Do what somebody asks for beside his messages; who is blocked is not heard."""
    if not blocking.is_blocked(c, desk.inbox.channel, asked.sender.address):
        requests.take(c, desk.inbox, asked, now=now)


def _pressed(c: Connection, desk: Desk, press: ButtonPressed, now: datetime) -> None:
    """Note a choice under one of our messages; the bot and the ratings read the fact."""
    inbox = desk.inbox
    if (asked := requests.of_press(press)) is not None:
        _asked(c, desk, asked, now)
        return
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


def _amended(
    c: Connection, desk: Desk, told: MessageEdited | MessageDeleted, now: datetime
) -> None:
    """Change a message as its author did, or take it back with him."""
    known = messages.find_external(c, desk.inbox.key, told.external_id)
    author = _author(c, known) if known is not None else None
    if known is None or author is None:
        return
    if isinstance(told, MessageEdited):
        messages.edit(c, known, told.text, told.html, actor=author, now=now)
    else:
        messages.tombstone(c, known, actor=author, now=now)


def _reacted(c: Connection, desk: Desk, told: MessageReacted, now: datetime) -> None:
    """Put a customer's emoji on the message it is about; who never wrote to us has none."""
    message_id = messages.find_external(c, desk.inbox.key, told.external_id)
    if message_id is None:
        return
    if staff.take_emoji(c, desk, told, message_id, now):
        return
    known = customer_queries.find_identity(c, desk.inbox.channel, told.sender.address)
    if known is None:
        return
    reactions.react(
        c,
        message_id,
        f"customer:{known.id}",
        added=told.added,
        removed=told.removed,
        actor=actors.customer(known.customer_id),
        now=now,
    )


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
