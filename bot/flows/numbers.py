"""Tells a customer the number of his case in a line of its own: when it opens, when it is merged.

In inboxes that want it; and to whoever wrote in a form, who would see nothing of it otherwise.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot.flows.handlers import Flows
from bot.flows.phrasebook import words_for
from channels import richtext
from desk.cases.tables import cases
from desk.customers import queries as customers
from desk.events import log
from desk.events.actors import BOT
from desk.events.facts import CasesMerged, MessageReceived, ReplyWritten
from desk.events.log import Event
from desk.messages import actions as written
from desk.messages import deliveries
from desk.messages import queries as said
from desk.messages.actions import Place, Written
from desk.messages.tables import messages

_NEWS = timedelta(days=1)  # older facts, as after an upgrade, are nobody's news


def on_event(c: Connection, event: Event, *, talk: Flows, now: datetime) -> None:
    """Say the number of a case that this fact opened or merged. Safe to repeat."""
    if event.case_id is None or event.at < now - _NEWS:
        return
    match event.fact:
        case MessageReceived(automatic=False) as fact:
            if fact.unseen or fact.inbox in talk.numbering:
                _opened(c, event.case_id, fact, now)
        case CasesMerged() as fact if event.case_id != fact.into_id:
            _merged(c, event.case_id, fact, talk, now)


def _opened(c: Connection, case_id: int, fact: MessageReceived, now: datetime) -> None:
    first = select(func.min(messages.c.id)).where(messages.c.case_id == case_id)
    if c.scalar(first) != fact.message_id:
        return
    case = _case(c, case_id)
    sentences = words_for(case.language).sentences
    shape = sentences.receipt if fact.unseen else sentences.number
    subject = richtext.render_markdown(richtext.parse_plain(case.subject))
    text = shape.format(number=case.number, subject=subject)
    _say(c, f"number:{case_id}", text, said.place_of(c, fact.message_id), now)


def _merged(c: Connection, case_id: int, fact: CasesMerged, talk: Flows, now: datetime) -> None:
    """Say in the conversation of a merged case where it goes on."""
    case = _case(c, case_id)
    if case.inbox not in talk.numbering:
        return
    his = select(func.max(messages.c.id)).where(
        messages.c.case_id == fact.into_id,
        messages.c.inbox == case.inbox,
        messages.c.thread == case.thread,
        messages.c.author == "customer",
    )
    last = c.scalar(his)
    if last is None:
        return
    shape = words_for(case.language).sentences.merged
    text = shape.format(number=fact.from_number, into=fact.into_number)
    _say(c, f"merged:{fact.move_id}", text, said.place_of(c, last), now)


def _case(c: Connection, case_id: int) -> Row[Any]:
    return c.execute(select(cases).where(cases.c.id == case_id)).one()


def _say(c: Connection, key: str, text: str, place: Place, now: datetime) -> None:
    """Write one line where a customer wrote, unless that was done or he must not be told."""
    known = customers.identity(c, place.identity_id)
    if not known.may_be_told or said.by_client_id(c, key) is not None:
        return
    html = richtext.render_html(richtext.parse_markdown(text))
    line = Written(text=text, html=html, author="system", client_id=key)
    message_id = written.write(c, line, place, now=now)
    deliveries.queue(c, message_id, place, now=now)
    fact = ReplyWritten(message_id=message_id, author="system", inbox=place.inbox)
    log.append(c, fact, now=now, actor=BOT, case_id=place.case_id)
