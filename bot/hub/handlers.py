"""What facts make hubs show: a card for a case that people work on, and each word in its thread."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, select

from bot.hub import actions, queries
from bot.hub.actions import Line, message_line, note_line
from bot.hub.rules import Hub, LineKind, LineState, words_now
from desk.cases.queries import CaseRow, by_id
from desk.cases.rules import ACTIVE
from desk.cases.tables import cases
from desk.customers.erasing import person
from desk.events import facts
from desk.events.log import Event
from desk.events.people import CustomerErased
from desk.messages.tables import messages

_NEWS = timedelta(days=1)  # older facts, as after an upgrade, are nobody's news

_SHOWN = (
    facts.MessageReceived,
    facts.MessageChanged,
    facts.ReplyWritten,
    facts.MessageSent,
    facts.DeliveryFailed,
    facts.NoteAdded,
    facts.CaseOpened,
    facts.CaseReopened,
    facts.CaseStatusChanged,
    facts.CasePriorityChanged,
    facts.CaseQueueChanged,
    facts.CaseAssigned,
    facts.CaseFlagged,
    facts.CaseSnoozed,
    facts.CaseWoke,
    facts.CasesMerged,
    facts.CasesUnmerged,
    facts.HandedOff,
    facts.ClockStarted,
    facts.ClockPaused,
    facts.ClockResumed,
    facts.ClockMet,
    facts.SlaWarned,
    facts.SlaBreached,
)


def on_event(c: Connection, event: Event, hubs: Sequence[Hub], *, now: datetime) -> None:
    """Show in the hubs of a case what happened to it. Safe to repeat.

    A hub whose team does not have the case any more is shown that, and nothing that is said.
    """
    fact = event.fact
    if isinstance(fact, CustomerErased) and event.customer_id is not None:
        actions.withdraw(c, person(c, event.customer_id), now=now)
    if not hubs or event.case_id is None or event.at < now - _NEWS or not isinstance(fact, _SHOWN):
        return
    case = by_id(c, event.case_id)
    known = {(card.inbox, card.place): card for card in queries.cards_of(c, event.case_id)}
    for hub in hubs:
        card = known.get((hub.inbox, hub.place))
        if card is None and not _belongs(c, hub, case):
            continue
        card_id = card.id if card else actions.put_up(c, hub, event.case_id, now=now)
        if card is None or queries.serves(c, hub.team, case.queue_id):
            for line in _lines(c, event, card):
                actions.add(c, card_id, line)
        actions.wake(c, card_id, hub.inbox, now=now)


def _belongs(c: Connection, hub: Hub, case: CaseRow) -> bool:
    """Return whether a case comes to a hub: people have it, and it is that team's."""
    if case.with_bot or case.status not in ACTIVE or case.merged_into is not None:
        return False
    return queries.serves(c, hub.team, case.queue_id)


def _lines(c: Connection, event: Event, card: Row[tuple[object, ...]] | None) -> Iterable[Line]:
    match event.fact:
        case facts.MessageReceived(message_id=message_id):
            yield message_line(message_id)
        case facts.ReplyWritten(message_id=message_id):
            yield message_line(message_id)
        case facts.NoteAdded(note_id=note_id):
            yield note_line(note_id)
        case facts.MessageChanged(message_id=message_id, deleted=deleted) if card:
            theirs = queries.line_called(c, card.id, f"message:{message_id}")
            if not _stands_so(c, theirs, message_id):
                yield from _changed(c, event, message_id, deleted=deleted)
        case facts.MessageSent(message_id=message_id) if card:
            theirs = queries.line_called(c, card.id, f"message:{message_id}")
            if theirs is not None and theirs.state == LineState.THEIRS:
                yield Line(key=f"arrived:{message_id}", kind=LineKind.ARRIVED, ref=message_id)
        case facts.DeliveryFailed(reason=reason) if card:
            words = f"⚠️ Not delivered: {reason}"
            yield Line(key=f"event:{event.seq}", kind=LineKind.NEWS, words=words)
        case facts.SlaWarned(metric=metric, share=share):
            words = f"⏳ {share:.0%} of the time for the {_plain(metric)} is gone."
            yield Line(
                key=f"event:{event.seq}", kind=LineKind.NEWS, words=words, call=_owner(c, event)
            )
        case facts.SlaBreached(metric=metric):
            words = f"🔴 The {_plain(metric)} is late."
            yield Line(
                key=f"event:{event.seq}",
                kind=LineKind.NEWS,
                words=words,
                call=_owner(c, event),
                call_group=True,
            )


def _stands_so(c: Connection, line: Row[tuple[object, ...]] | None, message_id: int) -> bool:
    """Return whether an agent wrote a message's words of now into the hub himself."""
    if line is None or line.state != LineState.THEIRS:
        return False
    text = c.scalar(select(messages.c.text).where(messages.c.id == message_id))
    return text is not None and line.words == words_now(text)


def _changed(c: Connection, event: Event, message_id: int, *, deleted: bool) -> Iterable[Line]:
    key, news = f"event:{event.seq}", LineKind.NEWS
    author = c.scalar(select(messages.c.author).where(messages.c.id == message_id))
    who = "The customer" if author == "customer" else "We"
    if deleted:
        yield Line(key=key, kind=news, words=f"🗑️ {who} took a message back.")
    else:
        yield Line(key=key, kind=LineKind.MESSAGE, ref=message_id, words="✏️ changed")


def _owner(c: Connection, event: Event) -> tuple[int, ...]:
    owner = c.scalar(select(cases.c.assignee_id).where(cases.c.id == event.case_id))
    return () if owner is None else (owner,)


def _plain(metric: str) -> str:
    return metric.replace("_", " ")
