"""Which fact wakes whom, in which order: the one table of everything that happens by itself.

Each line is a reader of the event log with its own cursor: it sees every fact once, in order,
and its changes commit together with its cursor. A line that fails holds up no other.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from msgspec import Struct
from sqlalchemy import Connection

from bot import homes
from bot.flows import handlers as flows
from bot.flows import numbers
from bot.flows import survey as asking
from bot.flows.handlers import Flows
from bot.hub import handlers as hub
from bot.hub.rules import Hub
from desk.cases import away, marks, mirroring, transcripts
from desk.cases import handlers as search
from desk.cases.mirroring import Show
from desk.customers import handlers as people
from desk.events.log import Event
from desk.events.reader import Handle
from desk.kit.clock import Clock
from desk.notices import handlers as notices
from desk.routing import handlers as routing
from desk.sla import handlers as sla
from knowledge import handlers as knowledge
from knowledge.index import KnowledgeIndex


class Handler(Protocol):
    """What a room does about a fact, in the unit that moves its reader's cursor."""

    def __call__(self, c: Connection, event: Event, *, now: datetime) -> None: ...


class Around(Struct, frozen=True, kw_only=True):
    """What the inboxes of this desk offer, as far as facts make something of it."""

    letters: dict[str, str] = {}  # inbox: the one that writes to who left it
    transcripts: frozenset[str] = frozenset()  # inboxes that do so with all that was said
    staff_after: timedelta | None = None  # letters to agents; None: there are none
    marking: marks.Inboxes = marks.Inboxes()  # where it is seen without a word what becomes of it
    hubs: tuple[Hub, ...] = ()
    mirrors: dict[str, Show] = {}  # inboxes that show what was said of them elsewhere
    voice: str = "Parley"  # the name the desk writes under


def readers(
    index: KnowledgeIndex,
    talk: Flows,
    slots: Mapping[str, float],
    clock: Clock,
    around: Around = Around(),  # noqa: B008 - frozen
) -> dict[str, Handle]:
    """Return every reader by its name, which is also the name of its cursor. Never rename one."""
    table: dict[str, Handler] = {
        "sla": sla.on_event,  # a customer's message starts or resumes a clock, an answer meets it
        "bot": partial(flows.on_event, talk=talk),  # greets, answers, hands over
        "routing": partial(routing.on_event, slots=slots),  # who answers
        "knowledge": partial(knowledge.on_event, index=index),  # what could be answered
        "away": partial(away.on_event, inboxes=around.letters),  # who left our answer unread
        "transcripts": partial(transcripts.on_event, inboxes=around.transcripts),  # who gets it all
        "notices": partial(notices.on_event, letters_after=around.staff_after),  # who should know
        "ratings": partial(asking.on_event, survey=talk.survey),  # who is asked how it went
        "marks": partial(marks.on_event, inboxes=around.marking),  # seen, done: without a word
        "hub": partial(hub.on_event, hubs=around.hubs),  # what agents see where they chat
        "numbers": partial(numbers.on_event, talk=talk),  # which number his case has
        "mirrors": partial(mirroring.on_event, inboxes=around.mirrors, voice=around.voice),
        "homes": homes.on_event,  # what he sees of his cases within his network
        "people": people.on_event,  # who may be the same person
        "search": search.on_event,  # what can be found
    }
    return {name: _at_now(handler, clock) for name, handler in table.items()}


def _at_now(handler: Handler, clock: Clock) -> Handle:
    def handle(c: Connection, event: Event) -> None:
        handler(c, event, now=clock.now())

    return handle
