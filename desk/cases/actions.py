"""Every write to a case's life: opening, what messages do to it, status, owner, queue."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, insert, select, update

from desk.agents.tables import agents
from desk.cases import rules
from desk.cases.rules import Priority, Status
from desk.cases.tables import case_numbers, cases, episodes
from desk.db.upsert import insert_new
from desk.events import log
from desk.events.actors import Actor
from desk.events.facts import (
    CaseAssigned,
    CaseClosed,
    CaseFlagged,
    CaseOpened,
    CasePriorityChanged,
    CaseQueueChanged,
    CaseReopened,
    CaseResolved,
    CaseStatusChanged,
    HandedOff,
)
from desk.kit.errors import Conflict, Invalid, NotFound
from desk.kit.ids import new_id
from desk.kit.text import shorten
from desk.queues.tables import queues


class NewCase(Struct, frozen=True, kw_only=True):
    """A case to be opened."""

    subject: str
    customer_id: int
    queue_id: int
    inbox: str
    channel: str
    thread: str = ""
    priority: Priority = Priority.NORMAL
    with_bot: bool = False
    language: str | None = None
    follows_id: int | None = None
    flag: str = ""
    automatic: bool = False
    kind: rules.Kind = rules.Kind.QUESTION
    overheard: bool = False  # others read along where it was opened
    waits_since: datetime | None = None  # asked earlier, in a case it was split off


def open_case(c: Connection, new: NewCase, *, actor: Actor, now: datetime) -> int:
    """Open a case under the next number and return its id."""
    number = _next_number(c)
    case_id: int = c.execute(
        insert(cases)
        .values(
            number=number,
            public_id=new_id(),
            subject=shorten(new.subject, 250),
            kind=new.kind.value,
            status=Status.NEW.value,
            priority=new.priority.value,
            customer_id=new.customer_id,
            queue_id=new.queue_id,
            inbox=new.inbox,
            channel=new.channel,
            thread=new.thread,
            with_bot=new.with_bot,
            language=new.language,
            overheard=new.overheard,
            episode=1,
            preview="",
            flag=new.flag,
            follows_id=new.follows_id,
            opened_at=now,
            last_message_at=now,
        )
        .returning(cases.c.id)
    ).scalar_one()
    c.execute(insert(episodes).values(case_id=case_id, episode=1, opened_at=now))
    fact = CaseOpened(
        number=number,
        queue_id=new.queue_id,
        inbox=new.inbox,
        channel=new.channel,
        priority=new.priority.value,
        with_bot=new.with_bot,
        automatic=new.automatic,
        waits_since=new.waits_since,
    )
    log.append(c, fact, now=now, actor=actor, case_id=case_id, customer_id=new.customer_id)
    return case_id


def set_status(c: Connection, case_id: int, after: Status, *, actor: Actor, now: datetime) -> None:
    """Move a case to another status. Raises NotFound, Conflict with the reason as a sentence."""
    row = lock(c, case_id)
    refused = rules.refusal(Status(row.status), after)
    if refused:
        raise Conflict(refused)
    move(c, row, after, actor=actor, now=now)


def reopen(c: Connection, case_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Start a new episode of a resolved case. Raises Conflict when it is not resolved."""
    row = lock(c, case_id)
    if row.status != Status.RESOLVED:
        raise Conflict(f"Only a resolved case can be reopened; this one is {row.status}.")
    move(c, row, Status.OPEN, actor=actor, now=now, reason=reason)


def set_priority(
    c: Connection, case_id: int, after: Priority, *, actor: Actor, now: datetime
) -> None:
    """Make a case more or less urgent; the same priority again changes nothing."""
    row = lock(c, case_id)
    if row.priority == after:
        return
    c.execute(update(cases).where(cases.c.id == case_id).values(priority=after.value))
    fact = CasePriorityChanged(before=row.priority, after=after.value)
    log.append(c, fact, now=now, actor=actor, case_id=case_id)


def assign(
    c: Connection,
    case_id: int,
    agent_id: int | None,
    *,
    actor: Actor,
    now: datetime,
    decision_id: int | None = None,
) -> None:
    """Give a case to an agent (or to nobody); whoever had it loses it.

    Raises:
        NotFound: no such case.
        Invalid: no such agent, or one who has left.
    """
    row = lock(c, case_id)
    if row.assignee_id == agent_id:
        return
    if agent_id is not None:
        working = select(agents.c.id).where(agents.c.id == agent_id, agents.c.active)
        if c.execute(working).first() is None:
            raise Invalid("There is no such agent, or not any more.", "/agent_id")
    at = now if agent_id is not None else None
    c.execute(
        update(cases).where(cases.c.id == case_id).values(assignee_id=agent_id, assigned_at=at)
    )
    fact = CaseAssigned(before=row.assignee_id, after=agent_id, decision_id=decision_id)
    log.append(c, fact, now=now, actor=actor, case_id=case_id)


def claim(
    c: Connection, case_id: int, agent_id: int, *, actor: Actor, now: datetime, decision_id: int
) -> bool:
    """Give an unassigned, active case to an agent; False when somebody else was faster."""
    hit = c.execute(
        update(cases)
        .where(
            cases.c.id == case_id,
            cases.c.assignee_id.is_(None),
            cases.c.status.in_([status.value for status in rules.ACTIVE]),
        )
        .values(assignee_id=agent_id, assigned_at=now)
    )
    if hit.rowcount != 1:
        return False
    fact = CaseAssigned(before=None, after=agent_id, decision_id=decision_id)
    log.append(c, fact, now=now, actor=actor, case_id=case_id)
    return True


def transfer(c: Connection, case_id: int, queue_id: int, *, actor: Actor, now: datetime) -> None:
    """Move a case to another queue, where it waits for its next agent.

    Raises:
        NotFound: no such case.
        Invalid: no such queue.
    """
    row = lock(c, case_id)
    if row.queue_id == queue_id:
        return
    if c.execute(select(queues.c.id).where(queues.c.id == queue_id)).first() is None:
        raise Invalid("There is no such queue.", "/queue_id")
    c.execute(update(cases).where(cases.c.id == case_id).values(queue_id=queue_id))
    fact = CaseQueueChanged(before=row.queue_id, after=queue_id)
    log.append(c, fact, now=now, actor=actor, case_id=case_id)
    assign(c, case_id, None, actor=actor, now=now)


def hand_off(c: Connection, case_id: int, reason: str, *, actor: Actor, now: datetime) -> bool:
    """Take a case from the bot for the people; False when the bot did not have it any more."""
    hit = c.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.with_bot.is_(True))
        .values(with_bot=False)
    )
    if hit.rowcount == 1:
        log.append(c, HandedOff(reason=reason), now=now, actor=actor, case_id=case_id)
    return hit.rowcount == 1


def set_flag(c: Connection, case_id: int, why: str, *, actor: Actor, now: datetime) -> None:
    """Ask for a person's look at a case, in a sentence; "" says that somebody has looked."""
    row = lock(c, case_id)
    why = shorten(why, 250)
    if row.flag == why:
        return
    c.execute(update(cases).where(cases.c.id == case_id).values(flag=why))
    log.append(c, CaseFlagged(reason=why), now=now, actor=actor, case_id=case_id)


def rename(c: Connection, case_id: int, subject: str) -> None:
    """Give a case another subject."""
    c.execute(update(cases).where(cases.c.id == case_id).values(subject=shorten(subject, 250)))


def lock(c: Connection, case_id: int) -> Row[Any]:
    """Return the case's row, held until the unit ends. Raises NotFound."""
    row = c.execute(select(cases).where(cases.c.id == case_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("There is no such case.")
    return row


def move(
    c: Connection,
    row: Row[Any],
    after: Status,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "an agent reopened it",
) -> None:
    """Change the status of a locked case with all that goes with it; the caller asked the rules."""
    values: dict[str, object] = {"status": after.value}
    if after == Status.RESOLVED:
        values |= {"resolved_at": now, "unanswered_since": None, "with_bot": False}
        values |= {"snoozed_until": None, "snooze_keeps": False}
        _end_episode(c, row, now)
    if after == Status.CLOSED:
        values |= {"closed_at": now}
    reopens = row.status in rules.DONE and after == Status.OPEN
    if reopens:
        values |= {"resolved_at": None, "closed_at": None, "episode": row.episode + 1}
        start = {"case_id": row.id, "episode": row.episode + 1, "opened_at": now}
        c.execute(insert(episodes).values(**start))
    c.execute(update(cases).where(cases.c.id == row.id).values(**values))
    _tell(c, row, CaseStatusChanged(before=row.status, after=after.value), actor, now)
    if after == Status.RESOLVED:
        _tell(c, row, CaseResolved(episode=row.episode), actor, now)
    if after == Status.CLOSED:
        _tell(c, row, CaseClosed(), actor, now)
    if reopens:
        _tell(c, row, CaseReopened(episode=row.episode + 1, reason=reason), actor, now)


def _end_episode(c: Connection, row: Row[Any], now: datetime) -> None:
    where = (episodes.c.case_id == row.id, episodes.c.episode == row.episode)
    c.execute(update(episodes).where(*where).values(resolved_at=now))


def _tell(
    c: Connection,
    row: Row[Any],
    fact: CaseStatusChanged | CaseResolved | CaseClosed | CaseReopened,
    actor: Actor,
    now: datetime,
) -> None:
    log.append(c, fact, now=now, actor=actor, case_id=row.id, customer_id=row.customer_id)


def _next_number(c: Connection) -> int:
    """Return the next case number: gapless, because the row is held until the unit commits."""
    bump = (
        update(case_numbers)
        .where(case_numbers.c.id == 1)
        .values(last=case_numbers.c.last + 1)
        .returning(case_numbers.c.last)
    )
    number = c.execute(bump).scalar_one_or_none()
    if number is None:  # the desk's first case; two processes may come here at once
        insert_new(c, case_numbers, {"id": 1, "last": rules.FIRST_NUMBER - 1}, ["id"])
        number = c.execute(bump).scalar_one()
    return int(number)
