"""What facts do to routing: a case that waits is routed, an agent with room gets what waits."""

from datetime import datetime

from sqlalchemy import Connection

from desk.agents.rules import Presence
from desk.events.facts import (
    CaseAssigned,
    CaseOpened,
    CaseQueueChanged,
    CaseStatusChanged,
    CaseWoke,
    HandedOff,
)
from desk.events.log import Event
from desk.events.staff import PresenceChanged
from desk.routing.actions import drain, route_case
from desk.routing.queries import AT_WORK, Slots
from desk.routing.rules import Trigger

RELEVANT = frozenset(
    str(fact.__struct_config__.tag)
    for fact in (
        CaseAssigned,
        CaseOpened,
        CaseQueueChanged,
        CaseStatusChanged,
        CaseWoke,
        HandedOff,
        PresenceChanged,
    )
)


def on_event(c: Connection, event: Event, now: datetime, *, slots: Slots) -> None:
    """Route the event's case, or drain the backlog, where `event` made either possible.

    Safe to repeat. A case with the bot is left to it until it is handed off.
    """
    if event.kind not in RELEVANT:
        return
    fact = event.fact
    trigger = _routes(fact)
    if trigger is not None and event.case_id is not None:
        route_case(c, event.case_id, slots=slots, now=now, trigger=trigger)
    if _frees(fact):
        drain(c, slots=slots, now=now)


def _routes(fact: object) -> Trigger | None:
    """Return why the case of `fact` should be routed now, None when it should not."""
    match fact:
        case CaseOpened() | HandedOff():
            return Trigger.ARRIVAL
        case CaseWoke():
            return Trigger.MOVED
        case CaseQueueChanged():
            return Trigger.MOVED
        case CaseStatusChanged(after=after) if after in AT_WORK:
            return Trigger.MOVED
    return None


def _frees(fact: object) -> bool:
    """Return whether somebody may have room since `fact`."""
    match fact:
        case PresenceChanged(presence=presence):
            return presence == Presence.ONLINE
        case CaseStatusChanged(before=before, after=after):
            return before in AT_WORK and after not in AT_WORK
        case CaseAssigned(before=before):
            return before is not None
    return False
