"""What a customer's word does to a case that waits or is done: by the policy of its queue."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from desk.agents import queries as agents
from desk.cases import rules
from desk.cases.actions import assign, move, set_flag
from desk.cases.rules import DONE, Status
from desk.cases.snoozing import wake
from desk.cases.tables import episodes, no_thanks
from desk.cases.thanks import Thanks, only_thanks, words_of
from desk.db.upsert import insert_new
from desk.events.actors import SYSTEM, Actor
from desk.kit.text import indexed
from desk.messages.tables import messages
from desk.ports.messages import InboundMessage
from desk.queues.queries import Reopened
from desk.queues.tables import queues


def may_go_on(c: Connection, case: Row[Any], *, now: datetime) -> bool:
    """Return whether what its customer writes now belongs in a case, or in one that follows it."""
    status = Status(case.status)
    if status not in DONE:
        return True
    days = c.scalar(select(queues.c.reopen_days).where(queues.c.id == case.queue_id))
    return rules.may_reopen(status, case.resolved_at, days, now)


def acknowledged(
    c: Connection, case: Row[Any], message: InboundMessage, *, now: datetime
) -> Thanks | None:
    """Return why a message leaves a case that is done as it is, None when it does not.

    In a case that cannot be reopened thanks are always only thanks.
    """
    if Status(case.status) not in DONE:
        return None
    found = only_thanks(message)
    if found is None or not may_go_on(c, case, now=now):
        return found
    learned = select(no_thanks.c.words).where(no_thanks.c.words == indexed(words_of(message.text)))
    return found if c.execute(learned).first() is None else None


def unlearn(c: Connection, case_id: int, *, now: datetime) -> None:
    """Learn from an agent who reopened a case after thanks: these words are not only thanks."""
    last = c.execute(
        select(messages.c.text, messages.c.trace)
        .where(messages.c.case_id == case_id, messages.c.author == "customer")
        .order_by(messages.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or not any(step["code"] == "acknowledged" for step in last.trace or ()):
        return
    row = {"words": indexed(words_of(last.text)), "learned_at": now}
    insert_new(c, no_thanks, row, ["words"])


def wake_up(c: Connection, row: Row[Any], *, actor: Actor, now: datetime) -> None:
    """Bring a locked case, in which its customer has written, to the status it should have."""
    status = Status(row.status)
    if not row.snooze_keeps:
        wake(c, row, "the customer wrote", actor=actor, now=now, settle=False)
    if status in DONE and _reopened(c, row.id, now) >= _most_reopenings(c, row):
        set_flag(c, row.id, "Reopened again and again: it stays resolved", actor=SYSTEM, now=now)
        return
    after = rules.after_inbound(status)
    if after == status:
        return
    move(c, row, after, actor=actor, now=now, reason="the customer wrote again")
    if status in DONE and row.assignee_id is not None and not _keeps_owner(c, row):
        assign(c, row.id, None, actor=SYSTEM, now=now)


def _keeps_owner(c: Connection, row: Row[Any]) -> bool:
    to = c.scalar(select(queues.c.reopened_to).where(queues.c.id == row.queue_id))
    if to != Reopened.OWNER_IF_HERE:
        return to != Reopened.QUEUE
    return agents.is_online(c, row.assignee_id)


def _most_reopenings(c: Connection, row: Row[Any]) -> int:
    query = select(queues.c.reopenings_an_hour).where(queues.c.id == row.queue_id)
    most: int = c.execute(query).scalar_one()
    return most


def _reopened(c: Connection, case_id: int, now: datetime) -> int:
    recent = (episodes.c.episode > 1, episodes.c.opened_at > now - timedelta(hours=1))
    count = select(func.count()).select_from(episodes)
    return c.scalar(count.where(episodes.c.case_id == case_id, *recent)) or 0
