"""A small shop for tests: its queue and chat inbox, its articles, customers who write."""

from datetime import datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection

import bot
from desk.cases.actions import NewCase, open_case
from desk.cases.talk import take_in
from desk.customers.actions import identify
from desk.events.actors import SYSTEM, customer
from desk.messages.actions import Place
from desk.ports.messages import Automation, InboundMessage, Sender
from desk.queues.actions import define_inbox, define_queue
from knowledge.intake import Imported, import_drafts, read_folder

ARTICLES = Path(bot.__file__).parent / "demo" / "articles"
DRAFTS, PROBLEMS = read_folder(ARTICLES)


class Talk(Struct, frozen=True):
    """A case with the message that was written last."""

    case_id: int
    message_id: int
    place: Place


def open_shop(c: Connection, now: datetime) -> Imported:
    """Set up queue and inbox and publish the demo's articles."""
    queue_id = define_queue(c, "support", "Support", None, now=now)
    define_inbox(c, "chat", "chat", "Shop chat", queue_id, bot=True)
    return import_drafts(c, DRAFTS, actor=SYSTEM, now=now)


def writes(
    c: Connection,
    text: str,
    now: datetime,
    *,
    to: Talk | None = None,
    subject: str | None = None,
    wants_person: bool = False,
    automation: Automation | None = None,
) -> Talk:
    """Let Ada write in the chat, in a new case with the bot or in that of `to`."""
    sender = Sender(address="visitor-ada", name="Ada", language="en")
    known = identify(c, "chat", sender, actor=SYSTEM, now=now)
    if to is None:
        new = NewCase(
            subject=subject or text,
            customer_id=known.customer_id,
            queue_id=1,
            inbox="chat",
            channel="chat",
            thread="ada",
            with_bot=True,
            language="en",
        )
        case_id = open_case(c, new, actor=SYSTEM, now=now)
    else:
        case_id = to.case_id
    place = Place(
        case_id=case_id, identity_id=known.identity_id, inbox="chat", channel="chat", thread="ada"
    )
    message = InboundMessage(
        external_id=f"{case_id}-{now.isoformat()}-{text[:50]}",
        sender=sender,
        text=text,
        subject=subject,
        wants_person=wants_person,
        automation=automation,
    )
    actor = customer(known.customer_id)
    message_id = take_in(c, message, place, [], actor=actor, arrival_id=None, now=now)
    return Talk(case_id, message_id, place)
