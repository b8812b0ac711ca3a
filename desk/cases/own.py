"""A customer's own cases, as he himself may see and change them."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, select, update

from desk.cases.rules import ACTIVE
from desk.cases.tables import cases
from desk.messages.tables import messages


class OwnCase(Struct, frozen=True, kw_only=True):
    """An open case, as its customer may know it; `answer` are the last words we wrote to him."""

    number: int
    subject: str
    status: str
    answered_at: datetime | None
    answer: str


class OwnCases(Struct, frozen=True):
    """A customer's open cases, the last active first, and how many more there are."""

    cases: list[OwnCase]
    more: int


def open_cases(c: Connection, customer_id: int, *, limit: int) -> OwnCases:
    """Return the open cases of one customer and of nobody else."""
    mine = _open(customer_id)
    rows = c.execute(
        select(cases).where(mine).order_by(cases.c.last_message_at.desc()).limit(limit)
    ).all()
    total = c.scalar(select(func.count()).select_from(cases).where(mine)) or 0
    return OwnCases([_own(c, row) for row in rows], total - len(rows))


def with_bot(c: Connection, customer_id: int, channel: str) -> list[int]:
    """Return the cases of a customer's in which the bot talks with him on a channel."""
    talking = (cases.c.with_bot.is_(True), cases.c.channel == channel)
    return list(c.scalars(select(cases.c.id).where(_open(customer_id), *talking)))


def speak(c: Connection, customer_id: int, channel: str, language: str) -> None:
    """Let the desk speak `language` in a customer's open cases on a channel."""
    here = (_open(customer_id), cases.c.channel == channel)
    c.execute(update(cases).where(*here).values(language=language))


def _open(customer_id: int) -> ColumnElement[bool]:
    active = cases.c.status.in_(sorted(status.value for status in ACTIVE))
    return (cases.c.customer_id == customer_id) & active


def _own(c: Connection, row: Any) -> OwnCase:
    last = c.execute(
        select(messages.c.text, messages.c.created_at)
        .where(
            messages.c.case_id == row.id,
            messages.c.author != "customer",
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    ).one_or_none()
    return OwnCase(
        number=row.number,
        subject=row.subject,
        status=row.status,
        answered_at=last.created_at if last is not None else None,
        answer=last.text if last is not None else "",
    )
