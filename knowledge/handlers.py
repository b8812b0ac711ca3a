"""What facts make knowledge do: find answers for every message of a customer."""

from datetime import datetime

from sqlalchemy import Connection, select

from desk.cases.tables import cases
from desk.customers.erasing import person
from desk.events.actors import SYSTEM
from desk.events.facts import CasesMerged, CaseSplit, CasesUnmerged, MessageReceived
from desk.events.log import Event
from desk.events.people import CustomerErased
from desk.messages.tables import messages
from knowledge import actions
from knowledge.index import KnowledgeIndex
from knowledge.suggest import Suggestion

_EARLIER = 2  # turns before the last message that count, at half weight


def on_event(c: Connection, event: Event, index: KnowledgeIndex, *, now: datetime) -> None:
    """Keep up to three suggestions for the agent when a customer wrote; move them with messages."""
    fact = event.fact
    if isinstance(fact, CasesMerged | CasesUnmerged | CaseSplit):
        actions.follow_move(c, fact.move_id)
        return
    if isinstance(fact, CustomerErased) and event.customer_id is not None:
        actions.forget_customer(c, person(c, event.customer_id).identity_ids)
        return
    if not isinstance(fact, MessageReceived) or fact.automatic or event.case_id is None:
        return
    found = suggest_for(c, index, event.case_id, fact.message_id)
    actions.record_suggestions(
        c, event.case_id, fact.message_id, found, shown_to="agent", actor=SYSTEM, now=now
    )


def suggest_for(
    c: Connection,
    index: KnowledgeIndex,
    case_id: int,
    message_id: int,
    *,
    public_only: bool = False,
) -> list[Suggestion]:
    """Return up to three articles for a message: its subject and words, and the turns before."""
    columns = (messages.c.subject, messages.c.text)
    asked = c.execute(select(*columns).where(messages.c.id == message_id)).one_or_none()
    if asked is None:
        return []
    before = c.scalars(
        select(messages.c.text)
        .where(
            messages.c.case_id == case_id,
            messages.c.id < message_id,
            messages.c.author == "customer",
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.id.desc())
        .limit(_EARLIER)
    ).all()
    language = c.scalar(select(cases.c.language).where(cases.c.id == case_id))
    text = f"{asked.subject or ''}\n{asked.text}".strip()
    return index.suggest(
        c, text, language=language, public_only=public_only, earlier=tuple(reversed(before))
    )
