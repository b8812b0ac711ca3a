"""Who a message is really from: a customer, a colleague who passes one on, a colleague himself."""

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, select

from desk.agents.tables import agents
from desk.ports.messages import InboundMessage, Remark


class Passed(Struct, frozen=True, kw_only=True):
    """A customer's message that a colleague passed on, with his words to his colleagues."""

    message: InboundMessage
    note: str = ""
    agent_id: int | None = None  # who passed it on, if he is an agent and nobody in his name


def colleague(c: Connection, address: str) -> int | None:
    """Return the agent who has this mail address, if one has."""
    mine = (agents.c.email == address.casefold(), agents.c.active)
    return c.execute(select(agents.c.id).where(*mine)).scalar_one_or_none()


def named(c: Connection, name: str | None) -> int | None:
    """Return the one agent a mail program calls so: "Ann Lee", "Ann Lee from Acme"."""
    shown = " ".join((name or "").split())
    known = c.execute(select(agents.c.id, agents.c.name).where(agents.c.active))
    found = [one.id for one in known if shown == one.name or shown.startswith(f"{one.name} ")]
    return found[0] if len(found) == 1 else None


def unwrapped(c: Connection, message: InboundMessage) -> Passed:
    """Return the message inside a forwarded one, if its forwarder is one of us or is trusted.

    A stranger's forward stays his own message: what it says of others is a claim.
    """
    inner = message.forwarded
    if inner is None or message.genuine is False:
        return Passed(message=message)
    agent_id = colleague(c, message.sender.address)
    if agent_id is None and not inner.believed:
        return Passed(message=message)
    proved = agent_id if message.genuine else None
    by = Remark("forwarded_by", message.sender.address)
    whole = message.full_text or message.text
    theirs = replace(
        message,
        sender=inner.sender,
        text=inner.text or message.text,
        html=None,
        full_text=whole if whole != inner.text else None,
        subject=inner.subject or message.subject,
        remarks=(by, *message.remarks),
        forwarded=None,
        case_id=None,
        token="",
        mentions_number=None,
    )
    return Passed(message=theirs, note=inner.note, agent_id=proved)
