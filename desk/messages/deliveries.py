"""Every write to deliveries: what we send, part by part, and what became of it."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from desk.db import jobs
from desk.db.upsert import insert_new
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.facts import DeliveryFailed, MessageSent
from desk.kit.errors import Conflict
from desk.kit.ids import new_id
from desk.kit.text import clean, indexed
from desk.messages.actions import Place, remember_external
from desk.messages.rules import ARRIVED, SETTLED, DeliveryState
from desk.messages.tables import deliveries, messages

DELIVER = "deliver"  # the kind of job that sends one message to one recipient


def queue(c: Connection, message_id: int, place: Place, *, now: datetime) -> None:
    """Queue a message for its recipient: one job, in the order of its conversation."""
    _add_part(c, message_id, place.identity_id, place.inbox, 0, now=now)
    _queue_job(c, message_id, place.identity_id, place.inbox, due_at=now)


def plan_parts(
    c: Connection, message_id: int, identity_id: int, inbox: str, count: int, *, now: datetime
) -> None:
    """Make sure that a message has `count` deliveries, one per part of its render plan."""
    for part in range(1, count):
        _add_part(c, message_id, identity_id, inbox, part, now=now)


def drop_parts(
    c: Connection, message_id: int, identity_id: int, count: int, *, now: datetime
) -> None:
    """Take back the deliveries beyond `count`: a poorer form of the message has fewer parts."""
    surplus = (
        deliveries.c.message_id == message_id,
        deliveries.c.identity_id == identity_id,
        deliveries.c.part >= count,
        deliveries.c.part > 0,
        deliveries.c.state == DeliveryState.QUEUED.value,
    )
    inbox = c.scalars(delete(deliveries).where(*surplus).returning(deliveries.c.inbox)).first()
    if inbox is not None:
        _tell_when_whole(c, message_id, inbox, now=now)


def begin(c: Connection, delivery_id: int, sent_blob: str | None = None) -> None:
    """Note that the call is about to be made: whoever finds this after a crash knows that much.

    `sent_blob` holds the bytes that are handed over, on channels that keep them.
    """
    c.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(
            state=DeliveryState.SENDING.value,
            attempts=deliveries.c.attempts + 1,
            sent_blob=sent_blob,
        )
    )


def postpone(c: Connection, delivery_id: int, reason: str, retry_at: datetime) -> None:
    """Note that nothing left the house and when it is tried again."""
    c.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(state=DeliveryState.QUEUED.value, reason=clean(reason)[:1000], retry_at=retry_at)
    )


def look_later(c: Connection, delivery_id: int, reason: str, retry_at: datetime) -> None:
    """Note that a part may have arrived, and when its channel is asked; till then it is not sent.

    Its state stays "sending", so that whoever takes it up next looks first.
    """
    c.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(reason=clean(reason)[:1000], retry_at=retry_at)
    )


def move_thread(c: Connection, message_id: int, thread: str) -> None:
    """Note that the conversation a message goes to has another address now."""
    c.execute(update(messages).where(messages.c.id == message_id).values(thread=thread))


def degrade(c: Connection, delivery_id: int, *, plain: bool, detached: bool, reason: str) -> None:
    """Queue a part again in a poorer form: without formatting, or without what it answered."""
    c.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(
            state=DeliveryState.QUEUED.value,
            plain=plain,
            detached=detached,
            reason=clean(reason)[:1000],
        )
    )


def arrived(c: Connection, delivery_id: int, external_id: str, *, now: datetime) -> None:
    """Record that the network took a part; with the last part the message is sent.

    `external_id` may be several, separated by spaces: the delivery keeps the first, and answers
    to any of them find the message.
    """
    first, *others = external_id.split() or [""]
    row = c.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(
            state=DeliveryState.ACCEPTED.value,
            external_id=indexed(first),
            reason="",
            retry_at=None,
            settled_at=now,
        )
        .returning(deliveries.c.message_id, deliveries.c.inbox)
    ).one()
    for one in (first, *others):
        remember_external(c, row.inbox, one, row.message_id)
    _tell_when_whole(c, row.message_id, row.inbox, now=now)


def fail(
    c: Connection, delivery_id: int, reason: str, *, now: datetime, uncertain: bool = False
) -> None:
    """Record that a part did not arrive, or that nobody can tell."""
    state = DeliveryState.UNCERTAIN if uncertain else DeliveryState.FAILED
    message_id = c.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(state=state.value, reason=clean(reason)[:1000], retry_at=None, settled_at=now)
        .returning(deliveries.c.message_id)
    ).scalar_one()
    reason = clean(reason)[:500]
    fact = DeliveryFailed(
        message_id=message_id, delivery_id=delivery_id, state=state.value, reason=reason
    )
    log.append(c, fact, now=now, actor=SYSTEM, case_id=_case_of(c, message_id))


def give_up(
    c: Connection, message_id: int, identity_id: int, reason: str, *, now: datetime
) -> None:
    """Fail the first part that has not arrived; one that was under way is uncertain."""
    left = c.execute(
        select(deliveries.c.id, deliveries.c.state)
        .where(
            deliveries.c.message_id == message_id,
            deliveries.c.identity_id == identity_id,
            deliveries.c.state.not_in([state.value for state in SETTLED]),
        )
        .order_by(deliveries.c.part)
        .limit(1)
    ).one_or_none()
    if left is not None:
        fail(c, left.id, reason, now=now, uncertain=left.state == DeliveryState.SENDING)


def send_again(c: Connection, delivery_id: int, *, now: datetime) -> None:
    """Queue a failed or uncertain part once more: a person's decision. Raises Conflict."""
    row = c.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery_id,
            deliveries.c.state.in_([DeliveryState.FAILED.value, DeliveryState.UNCERTAIN.value]),
        )
        .values(
            state=DeliveryState.QUEUED.value, attempts=0, reason="", settled_at=None, queued_at=now
        )
        .returning(deliveries.c.message_id, deliveries.c.identity_id, deliveries.c.inbox)
    ).one_or_none()
    if row is None:
        raise Conflict("Only what failed or is uncertain can be sent again.")
    _queue_job(c, row.message_id, row.identity_id, row.inbox, due_at=now)


def _add_part(
    c: Connection, message_id: int, identity_id: int, inbox: str, part: int, *, now: datetime
) -> None:
    values = {
        "public_id": new_id(),
        "message_id": message_id,
        "identity_id": identity_id,
        "inbox": inbox,
        "part": part,
        "state": DeliveryState.QUEUED.value,
        "attempts": 0,
        "reason": "",
        "plain": False,
        "detached": False,
        "queued_at": now,
    }
    if part == 0:
        c.execute(insert(deliveries).values(**values))
    else:
        insert_new(c, deliveries, values, ["message_id", "identity_id", "part"])


def _queue_job(
    c: Connection, message_id: int, identity_id: int, inbox: str, *, due_at: datetime
) -> None:
    payload = {"message": message_id, "identity": identity_id}
    order = f"{inbox}:{identity_id}"
    jobs.enqueue(c, DELIVER, payload, due_at=due_at, lane=inbox, order_key=order)


def _tell_when_whole(c: Connection, message_id: int, inbox: str, *, now: datetime) -> None:
    states = c.scalars(select(deliveries.c.state).where(deliveries.c.message_id == message_id))
    if all(state in ARRIVED for state in states):
        message = c.execute(
            select(messages.c.case_id, messages.c.author).where(messages.c.id == message_id)
        ).one()
        fact = MessageSent(message_id=message_id, author=message.author, inbox=inbox)
        log.append(c, fact, now=now, actor=SYSTEM, case_id=message.case_id)


def _case_of(c: Connection, message_id: int) -> int:
    found: int = c.execute(
        select(messages.c.case_id).where(messages.c.id == message_id)
    ).scalar_one()
    return found
