"""A desk in a few lines for tests of promises and routing: Ada writes, Alice and Bob answer.

`pump` is the switchboard in small: it hands every new event to promises and to routing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from desk.agents import actions as agents
from desk.agents.actions import AgentDraft
from desk.agents.rules import Presence
from desk.cases import actions as cases
from desk.cases import talk
from desk.cases.actions import NewCase
from desk.cases.rules import Priority
from desk.cases.talk import Reply
from desk.customers import actions as customers
from desk.db.engine import Database
from desk.events import log
from desk.events.actors import SYSTEM, Actor, ActorKind, agent, customer
from desk.events.log import START
from desk.messages import deliveries
from desk.messages.actions import Place
from desk.messages.tables import deliveries as delivery_rows
from desk.ports.messages import InboundMessage, Sender
from desk.queues import actions as queues
from desk.routing import handlers as routing
from desk.sla import actions as sla
from desk.sla import handlers as promises
from desk.sla.actions import PolicyDraft, TargetDraft
from desk.sla.rules import Metric

SLOTS: Mapping[str, float] = {"chat": 3.0, "telegram": 2.0, "slack": 2.0, "email": 1.0}
OFFICE = {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
HOUR = timedelta(hours=1)


class Desk(Struct):
    """The ids of what a test plays with."""

    queue_id: int
    calendar_id: int
    team_id: int
    alice_id: int
    bob_id: int


def furnish(c: Connection, now: datetime, special: dict[str, Any] | None = None) -> Desk:
    """Open a desk in Paris, 9-17 on weekdays: answers in 4 h (urgent 1 h), resolution in 16 h."""
    calendar_id = queues.define_calendar(c, "Office", "Europe/Paris", OFFICE, special or {})
    queue_id = queues.define_queue(c, "support", "Support", calendar_id, now=now)
    queues.define_inbox(c, "mail", "email", "Mail", queue_id, bot=False)
    team_id = agents.create_team(c, "Support")
    queues.serve(c, queue_id, [team_id])
    alice_id = hire(c, "Alice", team_id, now)
    bob_id = hire(c, "Bob", team_id, now)
    sla.define_policy(c, promise_of(first_h={Priority.URGENT: 1}))
    return Desk(queue_id, calendar_id, team_id, alice_id, bob_id)


def promise_of(first_h: Mapping[Priority, float], name: str = "Everybody") -> PolicyDraft:
    """Return a policy: a first answer in 4 h unless `first_h` says otherwise, solved in 16 h."""
    first = [
        TargetDraft(metric=Metric.FIRST_RESPONSE, priority=p, budget=first_h.get(p, 4) * HOUR)
        for p in Priority
    ]
    solved = [TargetDraft(metric=Metric.RESOLUTION, priority=p, budget=16 * HOUR) for p in Priority]
    return PolicyDraft(name=name, position=1, targets=(*first, *solved))


def hire(c: Connection, name: str, team_id: int, now: datetime, capacity: float = 8.0) -> int:
    """Return the id of a new agent of the team, offline."""
    draft = AgentDraft(email=f"{name.lower()}@small.example", name=name, capacity=capacity)
    agent_id = agents.create_agent(c, draft, actor=SYSTEM, now=now)
    agents.add_to_team(c, team_id, agent_id)
    return agent_id


def come(c: Connection, agent_id: int, now: datetime) -> None:
    """Let an agent take work."""
    agents.set_presence(c, agent_id, Presence.ONLINE, actor=agent(agent_id), now=now)


def write(
    c: Connection,
    desk: Desk,
    now: datetime,
    *,
    channel: str = "email",
    priority: Priority = Priority.NORMAL,
    by: Actor | None = None,
    who: str = "ada",
) -> int:
    """Let Ada, or somebody else, write for the first time about something; return the case."""
    sender = Sender(address=f"{who}@example.org", name=who.capitalize())
    ada = customers.identify(c, channel, sender, actor=SYSTEM, now=now)
    new = NewCase(
        subject="The printer is on fire",
        customer_id=ada.customer_id,
        queue_id=desk.queue_id,
        inbox="mail",
        channel=channel,
        priority=priority,
    )
    actor = by or customer(ada.customer_id)
    case_id = cases.open_case(c, new, actor=actor, now=now)
    if actor.kind is ActorKind.CUSTOMER:
        place = Place(
            case_id=case_id, identity_id=ada.identity_id, inbox="mail", channel=channel, thread=""
        )
        said = InboundMessage(
            external_id=f"{case_id}@{now.timestamp()}",
            sender=Sender(address="ada@example.org"),
            text="Smoke.",
        )
        talk.take_in(c, said, place, [], actor=actor, arrival_id=None, now=now)
    return case_id


def answer(c: Connection, case_id: int, agent_id: int, now: datetime) -> None:
    """Let an agent reply, and the network take the reply at once."""
    said = Reply(text="Water is on its way.", html="<p>Water is on its way.</p>")
    message_id = talk.reply(c, case_id, said, actor=agent(agent_id), now=now)
    parts = select(delivery_rows.c.id).where(delivery_rows.c.message_id == message_id)
    for delivery_id in c.scalars(parts).all():
        deliveries.begin(c, delivery_id)
        deliveries.arrived(c, delivery_id, f"net-{delivery_id}", now=now)


async def pump(db: Database, now: datetime, *, route: bool = False) -> None:
    """Hand every event that nobody has read yet to those who listen, until all is quiet."""
    while await db.write(_hand_on, now, route):
        pass


def _hand_on(c: Connection, now: datetime, route: bool) -> int:
    batch = log.read(c, log.load_cursor(c, "pump") or START, 100)
    for event in batch:
        promises.on_event(c, event, now)
        if route:
            routing.on_event(c, event, now, slots=SLOTS)
    if batch:
        log.save_cursor(c, "pump", batch[-1].cursor)
    return len(batch)


def told(c: Connection, case_id: int, *tags: str) -> list[tuple[str, datetime]]:
    """Return when which facts of a case were told, of these kinds."""
    story = log.of_case(c, case_id, kinds=tags or None)
    return [(event.kind, event.at) for event in story]
