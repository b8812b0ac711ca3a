"""One message that came to several of our inboxes: it is kept once, and says where else it came."""

from collections.abc import Sequence
from typing import Any

from msgspec import to_builtins
from sqlalchemy import Connection, Row, select, update

from desk.customers.tables import identities
from desk.kit.text import clean, indexed
from desk.messages.actions import explain, remember_external
from desk.messages.tables import external_ids, messages
from desk.ports.messages import InboundMessage, Reason, Remark


def take_copy(
    c: Connection,
    message: InboundMessage,
    identity_id: int,
    inbox: str,
    *,
    others: Sequence[str],
) -> bool:
    """Note on a message we have from one of the `others` that it came to `inbox` too.

    False when we have no such message: one with the same id is another message, unless the same
    sender wrote the same words.
    """
    if not others:
        return False
    # Both copies come in the same second: the second one waits here until the first is stored.
    held = select(identities.c.id).where(identities.c.id == identity_id).with_for_update()
    c.execute(held)
    twin = _twin(c, message, identity_id, others)
    if twin is None or not remember_external(c, inbox, message.external_id, twin.id):
        return False
    remark = to_builtins(Remark("also_to", inbox))
    remarks = [*(twin.remarks or []), remark]
    c.execute(update(messages).where(messages.c.id == twin.id).values(remarks=remarks))
    explain(c, twin.id, Reason("case", f"It came to {inbox} too: one case for both."))
    return True


def _twin(
    c: Connection, message: InboundMessage, identity_id: int, inboxes: Sequence[str]
) -> Row[Any] | None:
    return c.execute(
        select(messages)
        .join(external_ids, external_ids.c.message_id == messages.c.id)
        .where(
            external_ids.c.external_id == indexed(message.external_id),
            external_ids.c.inbox.in_(inboxes),
            messages.c.identity_id == identity_id,
            messages.c.author == "customer",
            messages.c.text == clean(message.text),
        )
        .order_by(messages.c.id)
        .limit(1)
    ).one_or_none()
