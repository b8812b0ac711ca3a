"""Reports about mail of ours in the desk's words: which message, what became of it, and why."""

from collections.abc import Sequence

from channels.email.addresses import base_of, to_ascii
from channels.email.bounces import Complaint, Report, complaint
from channels.email.mail import Mail
from channels.email.refusals import Cause
from channels.email.threads import RECIPIENT_HEADERS, token_of
from desk.ports.inbound import Complained, DeliveryReported

_PLAIN = {
    Cause.UNKNOWN_ADDRESS: "There is no such address.",
    Cause.UNKNOWN_DOMAIN: "There is no such mail domain.",
    Cause.MOVED: "The recipient has moved to another address.",
    Cause.DISABLED: "The mailbox is switched off.",
    Cause.FULL: "The mailbox is full.",
    Cause.TOO_LARGE: "The mail is too large for the recipient.",
    Cause.POLICY: "The recipient's server refuses the mail (spam or policy).",
    Cause.BUSY: "The recipient's server is busy.",
    Cause.UNREACHABLE: "The recipient's server cannot be reached.",
    Cause.OTHER: "",
}
_STATES = ("failed", "delayed", "delivered", "read")


def told(
    mail: Mail, found: Sequence[Report], secret: str, address: str, bounces_to: str
) -> tuple[DeliveryReported | Complained, ...]:
    """Return what a report tells of our mail, one for each recipient; nothing for other mail.

    `address` is what our Message-IDs are made under; the signed +tag of `bounces_to` names the
    message that came back.
    """
    returned = _returned(mail, secret, address, bounces_to)
    spam = complaint(mail)
    if spam is not None:
        return (_complained(spam, returned, secret),)
    return tuple(_reported(one, returned, secret) for one in found if one.state in _STATES)


def envelope_sender(bounces_to: str, own_id: str) -> str:
    """Return the envelope sender that names a message of ours, for its bounces to come back to."""
    local, _, domain = bounces_to.rpartition("@")
    return f"{local}+{own_id.partition('@')[0]}@{domain}"


def _returned(mail: Mail, secret: str, address: str, bounces_to: str) -> str | None:
    """Return the Message-ID of ours that the address a bounce came to names."""
    wanted = base_of(bounces_to)[0] if bounces_to else ""
    for one in mail.addresses(*RECIPIENT_HEADERS) if wanted else ():
        base, tag = base_of(one.address)
        own_id = f"{tag.lower()}@{to_ascii(address.rpartition('@')[2])}"
        if base == wanted and token_of(secret, own_id):
            return own_id
    return None


def _reported(report: Report, returned: str | None, secret: str) -> DeliveryReported:
    own_id, others = _about(report.about, returned, secret)
    said = " ".join(filter(None, (report.status, report.detail)))
    plain = _PLAIN[report.cause] if report.state in ("failed", "delayed") else ""
    return DeliveryReported(
        external_id=own_id,
        state=report.state,
        detail=" ".join(filter(None, (plain, said))),
        address=report.address,
        about=others,
        proved=bool(own_id),
        final=report.final,
    )


def _complained(spam: Complaint, returned: str | None, secret: str) -> Complained:
    own_id, others = _about(spam.about, returned, secret)
    return Complained(external_id=own_id, about=others, address=spam.address, proved=bool(own_id))


def _about(about: Sequence[str], returned: str | None, secret: str) -> tuple[str, tuple[str, ...]]:
    """Return the id that a signature of ours proves ("" for none), and the others."""
    own_id = returned or next((one for one in about if token_of(secret, one)), "")
    others = tuple(f"<{one}>" for one in about if one != own_id)
    return (f"<{own_id}>" if own_id else ""), others
