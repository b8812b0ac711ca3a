"""What happens now, told in sentences on the demo page: the desk's own facts as they come."""

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from desk.agents import queries as agents
from desk.cases import queries as cases
from desk.cases.queries import CaseRow
from desk.db.engine import Database
from desk.events import log
from desk.events.fact import Fact
from desk.events.facts import (
    CaseAssigned,
    CaseOpened,
    CaseResolved,
    ClockMet,
    ClockStarted,
    HandedOff,
    MessageReceived,
    MessageSent,
    ReplyWritten,
    SlaBreached,
    SlaWarned,
)
from desk.events.log import Event
from desk.kit.clock import Clock
from desk.kit.errors import Unreadable
from desk.routing.tables import routing_decisions
from desk.sla.rules import Metric

_KEPT = 40  # lines
_LOOK_S = 5.0  # a bell may be missed, a look may not
_CHANNELS = {"email": "by e-mail", "chat": "in the shop", "telegram": "on Telegram"}

Tell = Callable[[list[dict[str, Any]]], None]


class Line(Struct, frozen=True, kw_only=True):
    """One sentence about a case; `kind` is the mark before it."""

    seq: int
    at: str
    number: int
    kind: str  # in | bot | route | clock | out | done | late
    text: str


class Narrator:
    """Follows the event log from now on; changes nothing and keeps no cursor."""

    def __init__(self, db: Database, clock: Clock, tell: Tell) -> None:
        self._db = db
        self._clock = clock
        self._tell = tell
        self._lines: deque[Line] = deque(maxlen=_KEPT)

    async def run(self) -> None:
        """Tell until cancelled."""
        bell = self._db.wake.listener()
        cursor = await self._db.read(log.latest)
        while True:
            events = await self._db.read(log.read, cursor, 100)
            for event in events:
                cursor = event.cursor
                line = await self._db.read(sentence, event)
                self._note(line)
            if not events:
                await bell.wait(_LOOK_S)

    def _note(self, line: Line | None) -> None:
        """Add a line; the same once more, as of an answer in two messages, is no news."""
        last = self._lines[-1] if self._lines else None
        if line is None or (last and (last.number, last.text) == (line.number, line.text)):
            return
        self._lines.append(line)
        self._tell([msgspec.structs.asdict(one) for one in self._lines])


def sentence(c: Connection, event: Event) -> Line | None:
    """Return an event in a sentence for newcomers, None for what would only distract them."""
    if event.case_id is None:
        return None
    try:
        fact = event.fact
    except Unreadable:
        return None
    told = _told(c, fact, cases.by_id(c, event.case_id), event)
    if told is None:
        return None
    kind, text = told
    number = cases.by_id(c, event.case_id).number
    return Line(seq=event.seq, at=event.at.isoformat(), number=number, kind=kind, text=text)


def _told(c: Connection, fact: Fact, case: CaseRow, event: Event) -> tuple[str, str] | None:
    who = case.customer_name or "A visitor"
    match fact:
        case CaseOpened(channel=channel, with_bot=with_bot):
            taker = "; the bot takes it first" if with_bot else ""
            return "in", f"{who} writes {_CHANNELS.get(channel, 'on Slack')}: a case is open{taker}"
        case MessageReceived() if case.opened_at != event.at:
            return "in", f"{who} writes again"
        case HandedOff(reason=reason):
            return "bot", f"The bot hands over: {reason}"
        case CaseAssigned(after=int(agent_id)):
            return "route", _routed(c, agent_id, fact.decision_id)
        case ReplyWritten() | MessageSent():
            return _answered(c, fact, case, event)
        case CaseResolved():
            return "done", "Resolved"
    return _promised(fact, event)


def _promised(fact: Fact, event: Event) -> tuple[str, str] | None:
    match fact:
        case ClockStarted(metric=Metric.FIRST_RESPONSE, due_at=due_at) if due_at is not None:
            minutes = round((due_at - event.at).total_seconds() / 60)
            return "clock", f"A clock runs: first answer within {minutes} minutes"
        case ClockMet(metric=Metric.FIRST_RESPONSE):
            return "clock", "First answer in time: the promise is kept"
        case SlaWarned(metric=Metric.FIRST_RESPONSE, share=share):
            return "late", f"{share:.0%} of the time for a first answer is gone"
        case SlaBreached(metric=Metric.FIRST_RESPONSE):
            return "late", "The time for a first answer has passed"
    return None


def _answered(c: Connection, fact: Fact, case: CaseRow, event: Event) -> tuple[str, str] | None:
    match fact:
        case ReplyWritten(author="bot"):
            return "bot", "The bot answers"
        case ReplyWritten(author="agent"):
            name = agents.names_of(c, [event.actor.id or 0]).get(event.actor.id or 0, "An agent")
            return "out", f"{name} answers"
        case MessageSent(author="agent"):
            return "out", f"The answer is on {case.customer_name or 'the visitor'}'s screen"
    return None


def _routed(c: Connection, agent_id: int, decision_id: int | None) -> str:
    decision = routing_decisions.c
    why = c.execute(select(decision.sentence).where(decision.id == decision_id)).scalar()
    name = agents.names_of(c, [agent_id]).get(agent_id, "Somebody")
    return f"Routed to {why}" if why else f"{name} has it now"
