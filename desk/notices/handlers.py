"""What facts make agents know: who hears of what. Nobody hears of what he did himself."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from desk.agents.queries import names_of
from desk.cases.tables import cases
from desk.customers.erasing import person
from desk.db import jobs
from desk.events.actors import ActorKind
from desk.events.facts import (
    CaseAssigned,
    CaseFlagged,
    CaseWoke,
    InboxHealthChanged,
    MessageReceived,
    NoteAdded,
    RatingGiven,
    SlaBreached,
    SlaWarned,
)
from desk.events.log import Event
from desk.events.people import CustomerErased
from desk.messages.tables import messages, notes
from desk.notices import actions, queries
from desk.notices.actions import Told
from desk.notices.rules import Kind, mentioned

LETTER = "notice-letter"  # the kind of job that looks whether one agent must be told by letter
_NEWS = timedelta(days=1)  # older facts, as after an upgrade, are nobody's news


def on_event(
    c: Connection, event: Event, now: datetime, *, letters_after: timedelta | None
) -> None:
    """Tell whom it concerns, and look later whether he knows. None: letters are not written."""
    if isinstance(event.fact, CustomerErased) and event.customer_id is not None:
        actions.forget_words(c, person(c, event.customer_id).identity_ids)
    if event.at < now - _NEWS:
        return
    own = event.actor.id if event.actor.kind is ActorKind.AGENT else None
    others = [(one, told) for one, told in _who_hears(c, event) if one != own]
    by = names_of(c, [own]).get(own, "") if own is not None and others else ""
    for agent_id, told in others:
        told = Told(kind=told.kind, case_id=event.case_id, detail=told.detail, by=by)
        actions.tell(c, agent_id, told, now=now)
        if letters_after is not None:
            payload = {"agent": agent_id}
            jobs.enqueue(c, LETTER, payload, due_at=now + letters_after, key=str(agent_id))


def _who_hears(c: Connection, event: Event) -> Iterable[tuple[int, Told]]:
    match event.fact:
        case CaseAssigned(after=int(agent_id)):
            yield agent_id, Told(kind=Kind.ASSIGNED)
        case NoteAdded(note_id=note_id):
            text = c.scalar(select(notes.c.text).where(notes.c.id == note_id)) or ""
            for agent_id in sorted(mentioned(text, queries.working(c)) if "@" in text else ()):
                yield agent_id, Told(kind=Kind.MENTIONED, detail=text)
        case MessageReceived(message_id=message_id, automatic=False):
            if _opened(c, event, message_id):
                return  # who gets the case hears of it by that
            text = c.scalar(select(messages.c.text).where(messages.c.id == message_id)) or ""
            yield from _owner(c, event, Told(kind=Kind.ANSWERED, detail=text))
        case CaseFlagged(reason=reason) if reason:
            yield from _owner(c, event, Told(kind=Kind.ATTENTION, detail=reason))
        case CaseWoke():
            yield from _owner(c, event, Told(kind=Kind.WOKE))
        case SlaWarned(metric=metric):
            yield from _owner(c, event, Told(kind=Kind.WARNED, detail=_plain(metric)))
        case SlaBreached(metric=metric):
            told = Told(kind=Kind.BREACHED, detail=_plain(metric))
            owner = dict(_owner(c, event, told))
            yield from (owner | dict.fromkeys(queries.of_role(c, "supervisor"), told)).items()
        case RatingGiven(low=True, score=score, comment=comment):
            told = Told(kind=Kind.RATED, detail=f"{score} of 5{f': {comment}' if comment else ''}")
            for agent_id in queries.of_role(c, "supervisor") or queries.of_role(c, "admin"):
                yield agent_id, told
        case InboxHealthChanged(inbox=inbox, state="broken", detail=detail):
            for agent_id in queries.of_role(c, "admin"):
                yield agent_id, Told(kind=Kind.INBOX, detail=f"{inbox}: {detail}")


def _owner(c: Connection, event: Event, told: Told) -> Iterable[tuple[int, Told]]:
    owner = c.scalar(select(cases.c.assignee_id).where(cases.c.id == event.case_id))
    if owner is not None:
        yield owner, told


def _opened(c: Connection, event: Event, message_id: int) -> bool:
    first = select(func.min(messages.c.id)).where(messages.c.case_id == event.case_id)
    return bool(c.scalar(first) == message_id)


def _plain(metric: str) -> str:
    return metric.replace("_", " ")
