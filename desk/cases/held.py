"""Replies that may still be undone: kept as jobs for some seconds, and only then written."""

from datetime import datetime, timedelta
from html import escape
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from desk.cases import talk
from desk.cases.actions import set_flag
from desk.cases.talk import Reply
from desk.db import jobs
from desk.db.jobs import Job
from desk.db.tables import jobs as table
from desk.events.actors import SYSTEM, agent
from desk.kit.errors import Conflict, DeskError, NotFound
from desk.kit.text import shorten
from desk.messages import queries as said
from desk.messages.actions import NoteDraft

HELD = "reply"  # the kind of job that writes one reply


class Held(Struct, frozen=True, kw_only=True):
    """A reply on hold; `sent` when it is written already: then it cannot be undone."""

    client_id: str
    due_at: datetime
    sent: bool = False


class _Kept(Struct, frozen=True, kw_only=True):
    """What the job carries."""

    case_id: int
    agent_id: int
    reply: Reply


def hold(
    c: Connection, case_id: int, reply: Reply, wait: timedelta, *, agent_id: int, now: datetime
) -> Held:
    """Keep a reply for `wait`, then write it. The same `client_id` again changes nothing.

    Raises:
        Conflict, Invalid, NotFound: it could not be written now, as `talk.reply` has it.
    """
    key = reply.client_id
    if key is None:
        raise Conflict("A reply that can be undone needs a client_id.")
    if said.by_client_id(c, key) is not None:
        return Held(client_id=key, due_at=now, sent=True)
    trial = c.begin_nested()  # whatever would refuse it in a moment refuses it now
    talk.reply(c, case_id, reply, actor=agent(agent_id), now=now)
    trial.rollback()
    kept = _Kept(case_id=case_id, agent_id=agent_id, reply=reply)
    payload, due_at = msgspec.to_builtins(kept), now + wait
    order = f"case:{case_id}"
    fresh = jobs.enqueue(c, HELD, payload, due_at=due_at, order_key=order, key=key)
    return Held(client_id=key, due_at=due_at if fresh else _due(c, key))


def take_back(c: Connection, client_id: str, *, agent_id: int) -> None:
    """Undo a reply on hold.

    Raises:
        NotFound: there is none of this agent's.
        Conflict: it is being written in this moment.
    """
    row = c.execute(_of_key(client_id)).one_or_none()
    if row is None or _kept(row.payload).agent_id != agent_id:
        raise NotFound("It has left already.")
    if row.token is not None or not jobs.cancel(c, HELD, client_id):
        raise Conflict("It is leaving in this moment.")


def write(c: Connection, job: Job, *, now: datetime) -> None:
    """Write the reply that a job holds, and finish the job; nothing of it is ever lost.

    Where the case cannot be answered any more, the words are kept as a note and the case calls
    for a look.

    Raises:
        Conflict: another worker has the job.
    """
    jobs.conclude(c, job)
    kept = _kept(job.payload)
    attempt = c.begin_nested()
    try:
        talk.reply(c, kept.case_id, kept.reply, actor=agent(kept.agent_id), now=now)
        attempt.commit()
    except DeskError as refused:
        attempt.rollback()
        _keep_words(c, kept, refused, now=now)


def _keep_words(c: Connection, kept: _Kept, refused: DeskError, *, now: datetime) -> None:
    words = f"This reply was not sent: {refused.reason}\n\n{kept.reply.text}"
    html = f"<p>{escape(refused.reason)}</p>{kept.reply.html}"
    draft = NoteDraft(case_id=kept.case_id, text=words, html=html)
    talk.note(c, draft, actor=agent(kept.agent_id), now=now)
    why = shorten(f"A reply was not sent: {refused.reason}", 250)
    set_flag(c, kept.case_id, why, actor=SYSTEM, now=now)


def _kept(payload: Any) -> _Kept:
    return msgspec.convert(payload, _Kept)


def _due(c: Connection, client_id: str) -> datetime:
    found: datetime = c.execute(_of_key(client_id)).one().due_at
    return found


def _of_key(client_id: str) -> Any:
    return select(table).where(table.c.kind == HELD, table.c.key == client_id)
