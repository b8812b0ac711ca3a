"""One case as the workspace shows it: the case, its customer, and all that happened, in order."""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from itertools import accumulate
from operator import itemgetter
from typing import Any

from msgspec import Struct, to_builtins
from sqlalchemy import Connection

from desk.cases import queries, rules
from desk.cases.queries import CaseRow
from desk.cases.rules import Status
from desk.customers import queries as customers
from desk.customers import suggesting
from desk.customers.queries import CustomerView
from desk.customers.suggesting import SuggestionView
from desk.events import log
from desk.messages import queries as said
from desk.messages.queries import MessageView, NoteView

SHOWN = (  # the facts a timeline tells as one line each; messages and notes speak for themselves
    "case.opened",
    "case.reopened",
    "case.status_changed",
    "case.assigned",
    "case.queue_changed",
    "case.priority_changed",
    "case.flagged",
    "case.handed_off",
    "case.tagged",
    "case.snoozed",
    "case.woke",
    "case.acknowledged",
    "case.merged",
    "case.unmerged",
    "case.split",
    "sla.warned",
    "sla.breached",
    "choice.taken",
    "rating.given",
    "rating.followed_up",
    "delivery.failed",
)


class EventLine(Struct, frozen=True, kw_only=True, tag="event"):
    """Something that happened to the case; `fact` holds the fields of its kind."""

    at: datetime
    kind: str
    actor: str
    actor_id: int | None
    fact: dict[str, Any]


class CaseDetail(Struct, frozen=True, kw_only=True):
    """A case, whole."""

    case: CaseRow
    customer: CustomerView
    timeline: list[MessageView | NoteView | EventLine]  # the last hundred messages, and the rest
    may_become: list[str]
    other_cases: list[CaseRow]
    maybe_same: list[SuggestionView]  # whom the customer may be besides


Line = MessageView | NoteView | EventLine


def show(c: Connection, number: int) -> CaseDetail:
    """Return the case people call `#number` with its last hundred messages. Raises NotFound."""
    case = queries.by_number(c, number)
    every = tuple(Status)
    mine = queries.Filter(statuses=every, customer_id=case.customer_id)
    others = queries.list_cases(c, mine, limit=11)
    messages, notes = said.messages_of(c, case.id), said.notes_of(c, case.id)
    dated = (_dated(messages), _dated(notes), _dated(events_of(c, case.id)))
    return CaseDetail(
        case=case,
        customer=customers.show(c, case.customer_id),
        timeline=[line for _, line in merge(*dated, key=itemgetter(0))],
        may_become=[s.value for s in every if not rules.refusal(Status(case.status), s)],
        other_cases=[other for other in others if other.id != case.id],
        maybe_same=suggesting.open_for(c, case.customer_id),
    )


def events_of(c: Connection, case_id: int) -> list[EventLine]:
    """Return what happened to a case besides words, oldest first."""
    return [
        EventLine(
            at=event.at,
            kind=event.kind,
            actor=event.actor.kind.value,
            actor_id=event.actor.id,
            fact=to_builtins(event.fact),
        )
        for event in log.of_case(c, case_id, kinds=SHOWN, newest=True)
    ]


def _dated(lines: Sequence[Line]) -> list[tuple[datetime, Line]]:
    """Return each line with when it is told: never before the one that came before it.

    Clocks are set back and differ between machines; the order in which things came does not.
    """
    times = accumulate((line.at for line in lines), max)
    return list(zip(times, lines, strict=True))
