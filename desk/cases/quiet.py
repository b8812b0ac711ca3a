"""When the desk does not answer by itself, though it could: machines answer machines for ever.

At most one automatic answer a day to one sender of one inbox, three in a case, twenty an hour to
one domain, or what the limits say; none to who cannot read it or is not who he says (RFC 3834).
Asked only on channels where machines write.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select

from desk.cases.limits import Limits
from desk.cases.tables import automatic_answers
from desk.customers import queries as customers
from desk.messages.queries import MessageView

_DOMAIN_WITHIN = timedelta(hours=1)
_AT_ONCE = timedelta(minutes=1)  # who answers us faster than this may be a machine
_UNANSWERABLE = {
    "no_reply": "nobody reads answers to this address",
    "not_addressed": "it was sent to a list, or to us in a hidden copy",
}


class Silence(Struct, frozen=True):
    """Why nothing is said, for the agent; and whether two machines may be talking."""

    why: str
    is_loop: bool = False


def silence(
    c: Connection, message: MessageView, case_id: int, limits: Limits, *, now: datetime
) -> Silence | None:
    """Return why a customer's message gets no automatic answer, or None when it may have one."""
    if message.genuine is False:
        return Silence("its sender may be forged")
    if customers.identity(c, message.identity_id).complained_at is not None:
        return Silence("its sender called a message of ours spam")
    codes = {one.code for one in message.remarks}
    for code in codes & _UNANSWERABLE.keys():
        return Silence(_UNANSWERABLE[code])
    last = _last_answer(c, message)
    hours = limits.answer_again_hours
    if last is not None and last.answered_at > now - timedelta(hours=hours):
        is_loop = now - last.answered_at < _AT_ONCE
        return Silence(f"this sender had an automatic answer within {hours} hours", is_loop)
    if _count(c, automatic_answers.c.case_id == case_id) >= limits.answers_per_case:
        return Silence(f"this case had {limits.answers_per_case} automatic answers")
    recently = automatic_answers.c.answered_at > now - _DOMAIN_WITHIN
    most = limits.answers_per_domain
    if _count(c, (automatic_answers.c.domain == _domain(message)) & recently) >= most:
        return Silence(f"this domain had {most} automatic answers within an hour", is_loop=True)
    return None


def note_answer(c: Connection, message: MessageView, case_id: int, *, now: datetime) -> None:
    """Remember that a message is answered automatically, in the commit that does it."""
    row = {
        "inbox": message.inbox,
        "address": message.address,
        "domain": _domain(message),
        "case_id": case_id,
        "answered_at": now,
    }
    c.execute(insert(automatic_answers).values(**row))


def forget_old_answers(c: Connection, *, now: datetime, after: timedelta) -> int:
    """Remove what is older than `after` and bears on no answer any more; return how many."""
    old = automatic_answers.c.answered_at <= now - after
    return c.execute(delete(automatic_answers).where(old)).rowcount


def _last_answer(c: Connection, message: MessageView) -> Row[tuple[datetime]] | None:
    answered = automatic_answers.c
    return c.execute(
        select(answered.answered_at)
        .where(answered.inbox == message.inbox, answered.address == message.address)
        .order_by(answered.answered_at.desc())
        .limit(1)
    ).one_or_none()


def _count(c: Connection, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(automatic_answers)
    return c.scalar(query.where(condition)) or 0


def _domain(message: MessageView) -> str:
    return message.address.rpartition("@")[2]
