"""What the record adds to a message's remarks: what only he sees who knows cases and colleagues."""

from datetime import datetime, timedelta

from rapidfuzz import fuzz
from sqlalchemy import Connection, func, select

from desk.agents.tables import agents
from desk.cases.limits import Limits
from desk.cases.tables import token_uses
from desk.db.upsert import insert_new
from desk.kit.text import indexed
from desk.messages.tables import messages
from desk.ports.messages import InboundMessage, Remark

_SAME_SUBJECT = 60  # of 100; below, a subject is another one
_WITHIN = timedelta(hours=1)


def on_sender(c: Connection, message: InboundMessage) -> tuple[Remark, ...]:
    """Return what colleagues make of a sender: one who calls himself like an agent of ours."""
    name = _folded(message.sender.name)
    if not name:
        return ()
    known = c.execute(select(agents.c.name, agents.c.email).where(agents.c.active))
    ours = {one.email for one in known if _folded(one.name) == name}
    if not ours or message.sender.address.casefold() in ours:
        return ()
    return (Remark("named_like_agent", message.sender.name or ""),)


def on_case(c: Connection, message: InboundMessage, case_id: int) -> tuple[Remark, ...]:
    """Return what a case makes of a message that joins it: its subject is another one now."""
    before = _last_subject(c, case_id)
    if not message.subject or not before:
        return ()
    old, new = _folded(before), _folded(message.subject)
    likeness = max(fuzz.ratio(old, new), fuzz.token_set_ratio(old, new))
    return (Remark("subject_changed", before),) if likeness < _SAME_SUBJECT else ()


def on_token(
    c: Connection, message: InboundMessage, limits: Limits, *, now: datetime
) -> tuple[Remark, ...]:
    """Note where a signed token is used from, and tell when it has gone round."""
    domain = message.sender.address.rpartition("@")[2]
    if not message.token or not domain:
        return ()
    use = {"token": indexed(message.token), "domain": indexed(domain), "used_at": now}
    insert_new(c, token_uses, use, ["token", "domain"])
    uses = select(func.count()).select_from(token_uses).where(token_uses.c.token == use["token"])
    count = c.scalar(uses) or 0
    return (Remark("passed_around", str(count)),) if count > limits.token_domains else ()


def is_repeated(
    c: Connection, message: InboundMessage, case_id: int, limits: Limits, *, now: datetime
) -> bool:
    """Return whether the case got the same words too often within the hour: a machine's doing."""
    if not message.text.strip():
        return False
    same = (
        messages.c.case_id == case_id,
        messages.c.created_at > now - _WITHIN,
        messages.c.author == "customer",
        messages.c.text == message.text,
    )
    found = c.scalar(select(func.count()).select_from(messages).where(*same))
    return (found or 0) + 1 >= limits.equal_messages


def _last_subject(c: Connection, case_id: int) -> str | None:
    return c.scalar(
        select(messages.c.subject)
        .where(
            messages.c.case_id == case_id,
            messages.c.author == "customer",
            messages.c.subject.is_not(None),
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    )


def _folded(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
