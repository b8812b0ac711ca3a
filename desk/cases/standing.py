"""What a case's row tells of its messages, worked out anew once messages have moved."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from desk.cases.tables import cases
from desk.kit.text import shorten, without_tags
from desk.messages.tables import messages

_NEWEST = messages.c.id.desc()


def recount(c: Connection, case_id: int) -> None:
    """Bring preview, times and the place of the last word to what is in the case now."""
    last = _first(c, case_id, order=_NEWEST)
    if last is None:
        return
    values: dict[str, Any] = {
        "preview": _words_of(last),
        "last_message_at": last.created_at,
        "unanswered_since": waits_since(c, case_id),
        "first_reply_at": _answered_at(c, case_id),
    }
    asked = _first(c, case_id, _by_person(), order=_NEWEST)
    if asked is not None:
        values |= {
            "last_inbound_at": asked.created_at,
            "inbox": asked.inbox,
            "channel": asked.channel,
            "thread": asked.thread,
        }
    c.execute(update(cases).where(cases.c.id == case_id).values(**values))


def preview(c: Connection, case_id: int) -> None:
    """Bring the preview to what the last message says now."""
    last = _first(c, case_id, order=_NEWEST)
    if last is not None:
        c.execute(update(cases).where(cases.c.id == case_id).values(preview=_words_of(last)))


def _words_of(message: Row[Any]) -> str:
    if message.deleted_at is not None:
        return ""
    ours = message.author != "customer"
    return shorten((without_tags(message.html or "") if ours else "") or message.text, 140)


def waits_since(c: Connection, case_id: int) -> datetime | None:
    """Return when the customer wrote the oldest message that no agent has answered."""
    answered = select(func.max(messages.c.id)).where(
        messages.c.case_id == case_id, messages.c.author == "agent"
    )
    after = messages.c.id > func.coalesce(answered.scalar_subquery(), 0)
    asked = _first(c, case_id, _by_person(), after, order=messages.c.id)
    return asked.created_at if asked is not None else None


def _answered_at(c: Connection, case_id: int) -> datetime | None:
    first = _first(c, case_id, messages.c.author == "agent", order=messages.c.id)
    return first.created_at if first is not None else None


def _by_person() -> ColumnElement[bool]:
    return (messages.c.author == "customer") & messages.c.automation.is_(None)


def _first(
    c: Connection, case_id: int, *conditions: ColumnElement[bool], order: ColumnElement[Any]
) -> Any | None:
    where = (messages.c.case_id == case_id, *conditions)
    return c.execute(select(messages).where(*where).order_by(order).limit(1)).one_or_none()
