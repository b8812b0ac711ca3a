"""Where customers wrote, looked up for one of them: in his case others may have written since."""

from sqlalchemy import Connection, select

from desk.customers.tables import identities
from desk.messages.actions import Place
from desk.messages.tables import messages


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
