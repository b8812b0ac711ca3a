"""A small desk for tests of the workspace: some cases on all channels, served with a real browser."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select, update

from desk.agents import actions as agents
from desk.cases import actions as cases
from desk.cases import talk
from desk.cases.actions import NewCase
from desk.cases.rules import Priority, Status
from desk.cases.talk import Reply
from desk.customers import actions as customers
from desk.customers.tables import customers as customer_rows
from desk.events.actors import BOT, agent, customer
from desk.messages import deliveries
from desk.messages.actions import NoteDraft, Place, StoredFile
from desk.messages.tables import deliveries as delivery_rows
from desk.ports.messages import Assurance, InboundMessage, Sender
from desk.queues import actions as queues
from desk.sla import actions as sla
from desk.sla.actions import PolicyDraft, TargetDraft
from desk.sla.rules import Metric

MINUTE = timedelta(minutes=1)
INBOXES = {"mail": "email", "web": "chat", "phone": "telegram", "works": "slack"}


class Room(Struct):
    """The ids of what a test plays with."""

    queue_id: int
    billing_id: int
    alice_id: int


def furnish(c: Connection, alice_id: int, now: datetime) -> Room:
    """Make two queues open day and night, four inboxes, and a promise of an answer in an hour."""
    support = queues.define_queue(c, "support", "Support", None, now=now)
    billing = queues.define_queue(c, "billing", "Billing", None, now=now)
    for key, channel in INBOXES.items():
        queues.define_inbox(c, key, channel, key.capitalize(), support, bot=False)
    team = agents.create_team(c, "Everyone")
    agents.add_to_team(c, team, alice_id)
    budgets = {Metric.FIRST_RESPONSE: 60, Metric.RESOLUTION: 480}
    targets = tuple(
        TargetDraft(metric=metric, priority=priority, budget=minutes * MINUTE)
        for metric, minutes in budgets.items()
        for priority in Priority
    )
    sla.define_policy(c, PolicyDraft(name="Everybody", position=1, targets=targets))
    return Room(support, billing, alice_id)


class Written(Struct, frozen=True, kw_only=True):
    """A customer's first words."""

    name: str
    text: str
    subject: str = ""
    channel: str = "email"
    html: str | None = None
    full_text: str | None = None
    files: tuple[StoredFile, ...] = ()
    priority: Priority = Priority.NORMAL
    assignee_id: int | None = None
    billing: bool = False
    with_bot: bool = False
    flag: str = ""
    zone: str | None = None


def write(c: Connection, room: Room, said: Written, now: datetime) -> int:
    """Let a customer open a case; return its id."""
    inbox = next(key for key, channel in INBOXES.items() if channel == said.channel)
    handle = said.name.split()[0].lower()
    address = f"{handle}@example.org" if said.channel == "email" else f"{said.channel}-{handle}"
    sender = Sender(
        address=address, name=said.name, language="en", assurance=Assurance.CHANNEL
    )
    known = customers.identify(c, said.channel, sender, actor=BOT, now=now)
    if said.zone:
        c.execute(
            update(customer_rows)
            .where(customer_rows.c.id == known.customer_id)
            .values(zone=said.zone)
        )
    new = NewCase(
        subject=said.subject,
        customer_id=known.customer_id,
        queue_id=room.billing_id if said.billing else room.queue_id,
        inbox=inbox,
        channel=said.channel,
        thread=f"thread-{handle}" if said.channel != "email" else "",
        priority=said.priority,
        with_bot=said.with_bot,
        flag=said.flag,
    )
    actor = customer(known.customer_id)
    case_id = cases.open_case(c, new, actor=actor, now=now)
    add(c, case_id, known.identity_id, said, now)
    if said.assignee_id is not None:
        cases.assign(c, case_id, said.assignee_id, actor=agent(said.assignee_id), now=now)
    return case_id


def add(c: Connection, case_id: int, identity_id: int, said: Written, now: datetime) -> int:
    """Let a customer write in a case he has; return the message."""
    inbox = next(key for key, channel in INBOXES.items() if channel == said.channel)
    handle = said.name.split()[0].lower()
    place = Place(
        case_id=case_id,
        identity_id=identity_id,
        inbox=inbox,
        channel=said.channel,
        thread=f"thread-{handle}" if said.channel != "email" else "",
    )
    message = InboundMessage(
        external_id=f"{case_id}-{now.timestamp()}",
        sender=Sender(address=handle),
        text=said.text,
        subject=said.subject or None,
        html=said.html,
        full_text=said.full_text,
    )
    actor = customer(1)
    return talk.take_in(c, message, place, said.files, actor=actor, arrival_id=None, now=now)


def answer(
    c: Connection, case_id: int, agent_id: int, text: str, now: datetime, **more: Any
) -> int:
    """Let an agent reply; the network takes it at once unless told otherwise by `refusal`."""
    refusal, uncertain = more.get("refusal"), more.get("uncertain", False)
    words = Reply(text=text, html=f"<p>{text}</p>", then=more.get("then", Status.PENDING))
    message_id = talk.reply(c, case_id, words, actor=agent(agent_id), now=now)
    settle(c, message_id, now, refusal=refusal, uncertain=uncertain)
    return message_id


def settle(
    c: Connection,
    message_id: int,
    now: datetime,
    *,
    refusal: str | None = None,
    uncertain: bool = False,
) -> None:
    """Let the network take a message, or refuse it for a reason."""
    parts = select(delivery_rows.c.id).where(delivery_rows.c.message_id == message_id)
    for delivery_id in c.scalars(parts).all():
        deliveries.begin(c, delivery_id)
        if refusal is None:
            deliveries.arrived(c, delivery_id, f"net-{delivery_id}", now=now)
        else:
            deliveries.fail(c, delivery_id, refusal, now=now, uncertain=uncertain)


def remark(c: Connection, case_id: int, agent_id: int, text: str, now: datetime) -> int:
    """Let an agent leave a note."""
    draft = NoteDraft(case_id=case_id, text=text, html=f"<p>{text}</p>")
    return talk.note(c, draft, actor=agent(agent_id), now=now)
