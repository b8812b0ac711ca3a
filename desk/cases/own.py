"""A customer's own open cases, for the page he has within his network."""

from typing import Any

from sqlalchemy import Connection, Row, exists, func, select

from desk.cases.rules import ACTIVE, Status
from desk.cases.tables import cases
from desk.customers import queries as customers
from desk.kit.text import shorten
from desk.messages.tables import messages
from desk.ports.homes import Home, OwnCase

SHOWN = 20

_ANSWER_CHARS = 600


def home_of(c: Connection, channel: str, address: str) -> Home:
    """Return the open cases in which somebody wrote under this address, and that are his.

    What is only believed to be his, from another address or channel, is not among them.
    """
    who = customers.find_identity(c, channel, address)
    if who is None:
        return Home()
    wrote = exists().where(messages.c.case_id == cases.c.id, messages.c.identity_id == who.id)
    his = (
        cases.c.customer_id == who.customer_id,
        cases.c.merged_into_id.is_(None),
        cases.c.status.in_([status.value for status in ACTIVE]),
        wrote.where(messages.c.author == "customer"),
    )
    newest = select(cases).where(*his).order_by(cases.c.last_message_at.desc(), cases.c.id.desc())
    rows = c.execute(newest.limit(SHOWN)).all()
    count = c.execute(select(func.count()).select_from(cases).where(*his)).scalar_one()
    return Home(
        cases=tuple(_shown(c, row) for row in rows),
        more=count - len(rows),
        language=customers.show(c, who.customer_id).language,
    )


def _shown(c: Connection, case: Row[Any]) -> OwnCase:
    last = c.scalar(
        select(messages.c.text)
        .where(
            messages.c.case_id == case.id,
            messages.c.author.in_(("agent", "bot")),
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    return OwnCase(
        number=case.number,
        subject=case.subject,
        waits_for_customer=case.status == Status.PENDING,
        waits_for_others=case.status == Status.ON_HOLD,
        last_answer=shorten(last or "", _ANSWER_CHARS),
        touched_at=case.last_message_at,
    )
