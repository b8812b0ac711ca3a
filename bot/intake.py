"""One message taken into the record: who wrote it, which case it joins or opens."""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from channels import richtext
from desk.cases import actions as cases
from desk.cases import elsewhere, history, people, remarks, rules, talk, threading, writers
from desk.cases.actions import NewCase
from desk.cases.findings import findings
from desk.cases.limits import LIMITS, Limits
from desk.cases.threading import Verdict
from desk.cases.writers import Passed
from desk.customers import actions as customers
from desk.customers import contact, describing, wishes
from desk.customers import queries as customer_queries
from desk.customers.actions import Known
from desk.customers.queries import IdentityView
from desk.events import actors
from desk.kit.errors import Unreadable
from desk.kit.text import shorten
from desk.messages import actions as messages
from desk.messages import ours, signatures, twins
from desk.messages.actions import NoteDraft, Place, StoredFile
from desk.ports.messages import Assurance, Automation, InboundMessage, MessageSent, Reason
from desk.queues import actions as queues
from desk.queues import queries as queue_queries
from desk.queues.queries import InboxView

_MACHINE = {
    Automation.AUTO_REPLY: "An automatic answer: it moves nothing and gets no answer.",
    Automation.LIST: "From a mailing list: it gets no automatic answer.",
    Automation.LOOP: "A machine answers our automatic answers: it gets none.",
    Automation.BOT: "Written by a program: it moves nothing and gets no answer.",
    Automation.CALENDAR: "An answer to an invitation: it moves nothing and gets no answer.",
    Automation.HISTORY: "It came before Parley did: it starts no clock and gets no answer.",
    Automation.REPEATED: "The same words again and again within an hour: muted.",
}


class Desk(Struct, frozen=True, kw_only=True):
    """Where an arrival came in, and how its channel behaves."""

    inbox: InboxView
    join_within: timedelta = timedelta()  # a new conversation joins a case this fresh
    machines_write: bool = False  # programs write on this channel too
    has_hubs: bool = False  # agents work on this channel too
    limits: Limits = LIMITS


def take_message(
    c: Connection,
    desk: Desk,
    message: InboundMessage,
    files: tuple[StoredFile, ...],
    arrival_id: int,
    now: datetime,
) -> bool:
    """Record a message; return False for one that is nobody's, or our own come back."""
    if message.automation is Automation.LOOP:
        return False
    passed = writers.unwrapped(c, message)
    message = passed.message
    if not message.opens_case and not message.link_token and _is_nobodys(c, desk, message, now):
        return False
    known = _met(c, desk, message, now)
    if message.link_token:
        actor = actors.customer(known.customer_id)
        people.prove(c, message.link_token, known.identity_id, actor=actor, now=now)
        if not message.text.strip() and not files:
            return True  # a bare proof is no message
    if message.one_of_copies and _is_copy(c, desk, message, known.identity_id):
        return True
    identity, message = _heard(c, known.identity_id, message, now)
    fresh_since = now - desk.join_within if desk.join_within else None
    same_since = now - timedelta(seconds=message.same_subject_s) if message.same_subject else None
    found = findings(
        c,
        message,
        identity.customer_id,
        desk.inbox.key,
        now=now,
        fresh_since=fresh_since,
        same_since=same_since,
    )
    verdict = threading.decide(message, found)
    message = _unsigned(c, desk, _unquoted(c, desk, message, verdict.case_id), identity.id)
    message = _traced(_remarked(c, desk, message, verdict, now), verdict)
    at = message.came_at or now
    case_id = verdict.case_id or _open(c, desk, message, verdict, identity.customer_id, at)
    place = _place(desk, case_id, identity.id, message.thread)
    actor = actors.customer(identity.customer_id)
    said_id = talk.take_in(c, message, place, files, actor=actor, arrival_id=arrival_id, now=at)
    if message.automation is Automation.HISTORY:
        history.settle(c, case_id, message, is_new=verdict.case_id is None, now=at)
    _describe(c, message, identity.id, said_id, now)
    _note(c, passed, case_id, now)
    queues.note_inbound(c, desk.inbox.key, now=now)
    return True


def take_sent(
    c: Connection,
    desk: Desk,
    sent: MessageSent,
    files: tuple[StoredFile, ...],
    now: datetime,
) -> bool:
    """Record what one of us wrote in his mail program; return False when it is in no case.

    Raises:
        Unreadable: it says to be from this inbox, and nothing proves it.
    """
    inbox = desk.inbox
    case_id = elsewhere.case_of(c, inbox.key, sent)
    if case_id is None and not sent.genuine:
        raise Unreadable("It is from this inbox's own address, and belongs to no case.")
    if case_id is None:
        return False
    agent_id = writers.named(c, sent.writer.name)
    place = elsewhere.place_of(c, inbox.key, inbox.channel, case_id, sent)
    elsewhere.take_sent(c, sent, place, files, agent_id=agent_id, now=now)
    return True


def _met(c: Connection, desk: Desk, message: InboundMessage, now: datetime) -> Known:
    """Return who wrote, new or known; whom his site signs is one customer however he comes."""
    sender = message.sender
    known = customers.identify(c, desk.inbox.channel, sender, actor=actors.SYSTEM, now=now)
    if sender.external_id and sender.assurance is Assurance.VERIFIED:
        external_id = f"{desk.inbox.key}:{sender.external_id}"  # every site counts from 1
        actor = actors.customer(known.customer_id)
        people.recognise(c, external_id, known.customer_id, actor=actor, now=now)
    return known


def _heard(
    c: Connection, identity_id: int, message: InboundMessage, now: datetime
) -> tuple[IdentityView, InboundMessage]:
    """Return who wrote, and his message as he wished it: in his language, in a case of its own.

    Whoever is heard can be reached again.
    """
    identity = customer_queries.identity(c, identity_id)
    if message.automation is not None:
        return identity, message
    if not identity.reachable and message.genuine is not False:
        customers.set_reachable(c, identity.id, True, "", actor=actors.SYSTEM, now=now)
    is_new = wishes.heard(c, identity.id, now=now) and message.opens_case
    wished = replace(
        message,
        language=identity.language or message.language,
        wants_new_case=message.wants_new_case or is_new,
    )
    return identity, wished


def _is_copy(c: Connection, desk: Desk, message: InboundMessage, identity_id: int) -> bool:
    """Return whether we have the message from another inbox; then it says that it came here too."""
    inbox = desk.inbox
    keys = [one.key for one in queue_queries.list_inboxes(c) if one.channel == inbox.channel]
    others = [key for key in keys if key != inbox.key]
    return twins.take_copy(c, message, identity_id, inbox.key, others=others)


def _is_nobodys(c: Connection, desk: Desk, message: InboundMessage, now: datetime) -> bool:
    """Return whether chatter belongs to no case: colleagues among themselves, a bare /start.

    Asked before anybody becomes a customer by it.
    """
    inbox = desk.inbox
    known = customer_queries.find_identity(c, inbox.channel, message.sender.address)
    customer_id = known.customer_id if known else 0
    found = findings(c, message, customer_id, inbox.key, now=now)
    return threading.decide(message, found).case_id is None


def _remarked(
    c: Connection, desk: Desk, message: InboundMessage, verdict: Verdict, now: datetime
) -> InboundMessage:
    """Return the message with what the record remarks of it; a machine's repetition is muted."""
    if not desk.machines_write:
        return message
    found = [*message.remarks, *remarks.on_sender(c, message)]
    found += remarks.on_token(c, message, desk.limits, now=now)
    if verdict.case_id is not None:
        found += remarks.on_case(c, message, verdict.case_id)
        if remarks.is_repeated(c, message, verdict.case_id, desk.limits, now=now):
            message = replace(message, automation=message.automation or Automation.REPEATED)
    return replace(message, remarks=tuple(found))


def _unquoted(
    c: Connection, desk: Desk, message: InboundMessage, case_id: int | None
) -> InboundMessage:
    """Return a letter without our own words at its end; `full_text` has all of it."""
    if not desk.machines_write or case_id is None or "<img" in (message.html or ""):
        return message
    text = ours.without_ours(c, case_id, message.text)
    if text == message.text:
        return message
    return replace(message, text=text, html=None, full_text=message.full_text or message.text)


def _unsigned(
    c: Connection, desk: Desk, message: InboundMessage, identity_id: int
) -> InboundMessage:
    """Return a letter without the signature its sender is known by; `full_text` has all of it."""
    if not desk.machines_write:
        return message
    text = signatures.without_learned(c, identity_id, message.text)
    if text == message.text:
        return message
    return replace(
        message,
        text=text,
        full_text=message.full_text or message.text,
        signature=f"{message.text[len(text) :]}\n{message.signature}".strip(),
    )


def _traced(message: InboundMessage, verdict: Verdict) -> InboundMessage:
    """Return the message with why it is where it is, and why a machine's gets no answer."""
    where = "Into its case" if verdict.case_id is not None else "A new case"
    steps = [Reason("case", f"{where}: {verdict.why}.")]
    if message.automation is not None:
        steps.append(Reason("automatic", _MACHINE[message.automation]))
    return replace(message, trace=(*message.trace, *steps))


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
    doubted = message.genuine is False  # a forger is told nothing by a machine
    new = NewCase(
        subject=message.subject or shorten(message.text, 80) or "(no subject)",
        customer_id=customer_id,
        queue_id=inbox.queue_id,
        inbox=inbox.key,
        channel=inbox.channel,
        thread=message.thread,
        with_bot=inbox.bot and not automatic and not doubted,
        language=message.language,
        follows_id=verdict.follows_id,
        flag=verdict.flag,
        automatic=automatic,
        kind=rules.kind_of(message.kind),
        overheard=message.overheard,
    )
    return cases.open_case(c, new, actor=actors.customer(customer_id), now=now)


def _place(desk: Desk, case_id: int, identity_id: int, thread: str) -> Place:
    return Place(
        case_id=case_id,
        identity_id=identity_id,
        inbox=desk.inbox.key,
        channel=desk.inbox.channel,
        thread=thread,
    )


def _describe(
    c: Connection, message: InboundMessage, identity_id: int, message_id: int, now: datetime
) -> None:
    """Offer what a person's signature says of him; a machine's and a forger's say nothing."""
    if message.automation is None and message.genuine is not False:
        told = contact.told(message.signature, message.sender.name)
        describing.offer(c, identity_id, told, message_id, now=now)


def _note(c: Connection, passed: Passed, case_id: int, now: datetime) -> None:
    """Keep what a colleague wrote above the mail he passed on: it was meant for us."""
    if not passed.note.strip() or passed.agent_id is None:
        return
    html = richtext.render_html(richtext.parse_plain(passed.note))
    draft = NoteDraft(case_id=case_id, text=passed.note, html=html)
    messages.add_note(c, draft, actor=actors.agent(passed.agent_id), now=now)
