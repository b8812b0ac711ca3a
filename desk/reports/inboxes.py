"""How each inbox is doing: what waits, what failed, what needs a person. Every read of that."""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, func, select

from desk.arrivals import queries as arrivals
from desk.arrivals.actions import RECORD
from desk.arrivals.queries import Aside
from desk.db import jobs
from desk.messages.deliveries import DELIVER
from desk.messages.queries import last_before
from desk.messages.rules import DeliveryState
from desk.messages.tables import deliveries, messages
from desk.queues import queries as queues
from desk.queues.queries import InboxView

DAY = timedelta(days=1)
_BAD = (DeliveryState.FAILED.value, DeliveryState.UNCERTAIN.value)


class InboxWork(Struct, frozen=True, kw_only=True):
    """An inbox with the work before and behind it."""

    inbox: InboxView
    waiting: int  # payloads to be recorded
    lag_s: float  # how long the oldest of them has been due
    to_send: int  # messages on their way out
    received: int  # customers' messages of the last day; `automatic` of them by machines
    automatic: int
    failed: int  # deliveries of the last day that failed or are uncertain
    set_aside: int  # payloads that could not be recorded
    unmatched: int  # reports about messages that nobody here sent


def inbox_work(c: Connection, now: datetime) -> list[InboxWork]:
    """Return every inbox by name with its work."""
    waiting, to_send = jobs.backlog(c, RECORD), jobs.backlog(c, DELIVER)
    since = last_before(c, now - DAY)
    received, failed = _received(c, since), _failed(c, since)
    aside = {state: arrivals.count_aside(c, state) for state in Aside}
    return [
        InboxWork(
            inbox=one,
            waiting=waiting[one.key].count if one.key in waiting else 0,
            lag_s=_lag_s(waiting[one.key].oldest, now) if one.key in waiting else 0.0,
            to_send=to_send[one.key].count if one.key in to_send else 0,
            received=received.get(one.key, (0, 0))[0],
            automatic=received.get(one.key, (0, 0))[1],
            failed=failed.get(one.key, 0),
            set_aside=aside[Aside.QUARANTINED].get(one.key, 0),
            unmatched=aside[Aside.UNMATCHED].get(one.key, 0),
        )
        for one in queues.list_inboxes(c)
    ]


def _lag_s(oldest: datetime, now: datetime) -> float:
    return max(0.0, (now - oldest).total_seconds())


def _received(c: Connection, since: int) -> dict[str, tuple[int, int]]:
    """Return how many messages came, and how many of them were machines', by inbox."""
    counts = func.count(), func.count(messages.c.automation)
    query = select(messages.c.inbox, *counts).where(
        messages.c.author == "customer", messages.c.id > since
    )
    rows = c.execute(query.group_by(messages.c.inbox))
    return {inbox: (whole, automatic) for inbox, whole, automatic in rows}


def _failed(c: Connection, since: int) -> dict[str, int]:
    query = select(deliveries.c.inbox, func.count()).where(
        deliveries.c.message_id > since, deliveries.c.state.in_(_BAD)
    )
    return {inbox: count for inbox, count in c.execute(query.group_by(deliveries.c.inbox))}
