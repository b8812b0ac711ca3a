"""A customer's own open cases, as he himself may see and change them."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, select, true, update

from desk.cases.rules import ACTIVE, Status
from desk.cases.tables import cases
from desk.customers import queries as customers
from desk.kit.text import shorten
from desk.messages.tables import messages
from desk.ports.homes import Home, OwnCase

SHOWN = 20

_ANSWER_CHARS = 600


def home_of(
    c: Connection,
    channel: str,
    address: str,
    *,
    most: int = SHOWN,
    besides: Select[tuple[int]] | None = None,
) -> Home:
    """Return the open cases in which somebody wrote under this address, and that are his.

    What is only believed to be his, from another address or channel, is not among them. Each
    shows what was last answered to him there; `besides` are ids of messages that answer nothing.
    """
    who = customers.find_identity(c, channel, address)
    if who is None:
        return Home()
    wrote = exists().where(messages.c.case_id == cases.c.id, messages.c.identity_id == who.id)
    his = (
        _open(who.customer_id),
        cases.c.merged_into_id.is_(None),
        wrote.where(messages.c.author == "customer"),
    )
    newest = select(cases).where(*his).order_by(cases.c.last_message_at.desc(), cases.c.id.desc())
    rows = c.execute(newest.limit(most)).all()
    count = c.execute(select(func.count()).select_from(cases).where(*his)).scalar_one()
    return Home(
        cases=tuple(_shown(c, row, who.id, besides) for row in rows),
        more=count - len(rows),
        language=customers.show(c, who.customer_id).language,
    )


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


def _shown(
    c: Connection, case: Row[Any], identity_id: int, besides: Select[tuple[int]] | None
) -> OwnCase:
    answers = messages.c.id.not_in(besides) if besides is not None else true()
    last = c.execute(
        select(messages.c.text, messages.c.created_at)
        .where(
            messages.c.case_id == case.id,
            messages.c.identity_id == identity_id,  # others' answers may tell of others
            answers,
            messages.c.author.in_(("agent", "bot")),
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    ).one_or_none()
    return OwnCase(
        number=case.number,
        subject=case.subject,
        is_new=case.status == Status.NEW,
        waits_for_customer=case.status == Status.PENDING,
        waits_for_others=case.status == Status.ON_HOLD,
        last_answer=shorten(last.text, _ANSWER_CHARS) if last is not None else "",
        answered_at=last.created_at if last is not None else None,
        touched_at=case.last_message_at,
    )
