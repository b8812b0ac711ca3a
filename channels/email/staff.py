"""Letters to the agents themselves, and what comes back of them. Pure."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from channels.email import compose
from channels.email.addresses import base_of, to_ascii
from channels.email.bounces import Report
from channels.email.config import EmailSettings
from channels.email.mail import Mail
from channels.email.render import Draft, stopping, write
from channels.email.threads import (
    LOOP_HEADER,
    RECIPIENT_HEADERS,
    answered,
    case_address,
    loop_mark,
)
from channels.email.told import envelope_sender
from desk.kit.errors import Refusal, Undeliverable
from desk.kit.ids import is_signed, sign
from desk.ports.inbound import StaffUnreachable
from desk.ports.messages import StaffLetter

_LENGTH = 10
_ID = re.compile(r"^n\.(\d{1,18})\.(\d{1,18})\.([0-9a-f]{10})(?:@[^@\s]*)?$", re.I)


def draft(letter: StaffLetter, settings: EmailSettings, secret: str) -> Draft:
    """Return a letter as this inbox mails it; the same letter has the same Message-ID.

    Raises:
        Undeliverable: the agent's address is none.
    """
    try:
        address = compose.wire_address(settings.address)
        own_id = _message_id(secret, letter, to_ascii(address.rpartition("@")[2]))
        bounces_to = compose.wire_address(settings.bounces_to or settings.address)
        recipient = compose.wire_address(letter.address)
        headers = tuple(_headers(letter, settings, secret, own_id))
    except ValueError as bad:
        raise Undeliverable(f"The mail cannot be addressed: {bad}.", Refusal.GONE) from bad
    return Draft(
        message_id=own_id,
        sender=envelope_sender(bounces_to, own_id) if settings.bounces_to else address,
        recipients=(recipient,),
        headers=headers,
        text=letter.text,
        html=None,
        boundary=hashlib.sha256(own_id.encode()).hexdigest()[:24],
    )


def written(one: Draft, at: datetime) -> bytes:
    """Return the whole mail."""
    return write(one, (), at)


def returned(
    mail: Mail, found: Sequence[Report], secret: str, bounces_to: str
) -> tuple[StaffUnreachable, ...] | None:
    """Return what a report tells of letters to agents; None when it is about no letter of ours."""
    named = {*(one for report in found for one in report.about), *_tags(mail, bounces_to)}
    agents = [agent for one in named if (agent := agent_of(secret, one)) is not None]
    if not agents:
        return None
    return tuple(
        StaffUnreachable(
            agent_id=agents[0],
            address=(one.address or "").casefold(),
            detail=" ".join(filter(None, (one.status, one.detail))),
        )
        for one in found
        if one.state == "failed" and one.final
    )


def is_answer(mail: Mail, secret: str) -> bool:
    """Return whether a mail answers a letter to an agent."""
    return any(agent_of(secret, one) is not None for one in answered(mail))


def agent_of(secret: str, message_id: str) -> int | None:
    """Return the agent that a letter of ours was written to, by its id; None for other mail."""
    found = _ID.match(message_id.strip("<> \t"))
    if found is None:
        return None
    said = f"{found[1]}.{found[2]}"
    return int(found[1]) if is_signed(secret, "email.staff", said, found[3], _LENGTH) else None


def _message_id(secret: str, letter: StaffLetter, domain: str) -> str:
    said = f"{letter.agent_id}.{letter.key}"
    return f"n.{said}.{sign(secret, 'email.staff', said, _LENGTH)}@{domain}"


def _tags(mail: Mail, bounces_to: str) -> list[str]:
    wanted = base_of(bounces_to)[0] if bounces_to else ""
    named = (base_of(one.address) for one in mail.addresses(*RECIPIENT_HEADERS))
    return [tag.lower() for base, tag in named if wanted and base == wanted and tag]


def _headers(
    letter: StaffLetter, settings: EmailSettings, secret: str, own_id: str
) -> list[tuple[str, str]]:
    case_id = letter.case_id if settings.replies_to_case_address else None
    reply_to = case_address(secret, case_id, settings.address) if case_id is not None else ""
    return [
        ("From", compose.mailbox(settings.name, settings.address)),
        ("To", compose.mailbox(letter.name, letter.address)),
        ("Reply-To", compose.mailbox("", reply_to) if reply_to else ""),
        ("Subject", compose.words(letter.subject)),
        ("Message-ID", f"<{own_id}>"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "auto_reply"),
        (LOOP_HEADER, loop_mark(secret, settings.address)),
        *stopping(letter.stop_url),
    ]
