"""Where a customer wrote last, whoever has written since; and what was said last in a place."""

from msgspec import Struct
from sqlalchemy import Connection, select, text

from desk.customers.tables import identities
from desk.messages.actions import Place
from desk.messages.tables import external_ids, messages


class Last(Struct, frozen=True):
    """The last message of a conversation, by our name and by its network's."""

    message_id: int
    external_id: str


def last_of_customer(c: Connection, case_id: int, customer_id: int) -> Place | None:
    """Return where a customer himself last wrote in a case, None when he did not."""
    his = (messages.c.case_id == case_id, identities.c.customer_id == customer_id)
    last = (
        select(messages.c.identity_id, messages.c.inbox, messages.c.channel, messages.c.thread)
        .join(identities, identities.c.id == messages.c.identity_id)
        .where(*his, messages.c.author == "customer", messages.c.automation.is_(None))
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    row = c.execute(last).one_or_none()
    return Place(case_id=case_id, **row._mapping) if row is not None else None


def last_said(c: Connection, inbox: str, thread: str) -> Last | None:
    """Return the last message of a conversation on a network, None when it is not there yet."""
    row = c.execute(
        select(messages.c.id, external_ids.c.external_id)
        .outerjoin(
            external_ids,
            (external_ids.c.message_id == messages.c.id) & (external_ids.c.inbox == inbox),
        )
        .where(messages.c.inbox == inbox, messages.c.thread == thread)
        .where(text("messages.thread <> ''"))  # the words of the partial index
        .order_by(messages.c.id.desc())
        .limit(1)
    ).one_or_none()
    return Last(row.id, row.external_id) if row is not None and row.external_id else None
