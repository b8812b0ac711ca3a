"""Who really wrote a mail: From, or the person for whom a list, a relay or a form sends it."""

import re
from collections.abc import Sequence

from msgspec import Struct

from channels.email.addresses import Address, base_of, normal
from channels.email.config import ReplyTo
from channels.email.mail import Mail
from channels.email.trust import takes_no_answers
from desk.ports.messages import Remark

# What lists put into From where the writer's own domain forbids sending for it (DMARC).
_VIA = re.compile(
    r"^[\"']?(?P<name>.{1,100}?)[\"']? (?:via|über|par|por|tramite|through) .{1,100}$", re.I
)
_MECHANICAL = re.compile(
    r"(?:mailer-daemon|mdaemon|post-?master|bounces?(?:[+._=-].*)?|owner-.*|listserv|majordomo|"
    r".*-(?:request|bounces?|owner|subscribe|unsubscribe|confirm))",
    re.I,
)
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "x-original-from")


class Writer(Struct, frozen=True):
    """Who wrote, and what to say of it when that is not whom From shows."""

    address: Address
    remarks: tuple[Remark, ...] = ()


def writer(
    mail: Mail, own: frozenset[str], policy: ReplyTo, trusted: Sequence[str]
) -> Writer | None:
    """Return who wrote `mail`; None when no header names anybody.

    Reply-To counts as `policy` says; always on what comes from our own address, which is how a
    form on the web site writes.
    """
    shown = author(mail)
    if shown is None:
        return None
    asked = next(iter(mail.addresses("reply-to")), None)
    if asked is None or normal(asked.address) == normal(shown.address) or _is_own(asked, own):
        return Writer(shown)
    speaks_for_others = _is_own(shown, own) or is_trusted(shown.address, trusted)
    if policy is ReplyTo.NEVER or (policy is ReplyTo.TRUSTED and not speaks_for_others):
        return Writer(shown)
    return Writer(asked, (Remark("written_for", shown.address),))


def is_from_us(mail: Mail, own: frozenset[str]) -> bool:
    """Return whether From is our own address, and nobody else is to be answered."""
    written = mail.addresses("from")[:1]
    if not written or not _is_own(written[0], own):
        return False
    return all(_is_own(one, own) for one in mail.addresses("reply-to"))


def is_trusted(address: str, trusted: Sequence[str]) -> bool:
    """Return whether `trusted` names an address or its domain."""
    known = {one.strip().casefold().lstrip("@") for one in trusted}
    return bool({normal(address), normal(address).rpartition("@")[2]} & known)


def is_mechanical(address: str) -> bool:
    """Return whether programs alone read an address: a daemon's, a list's, one nobody reads."""
    local = base_of(address)[0].rpartition("@")[0]
    return _MECHANICAL.fullmatch(local) is not None or takes_no_answers(address)


def _is_own(one: Address, own: frozenset[str]) -> bool:
    return base_of(one.address)[0] in own


def author(mail: Mail) -> Address | None:
    """Return who wrote `mail`: its sender, or the person behind "Bob via Team list".

    The person is believed no more than any From is: both are what the mail says of itself.
    """
    shown = mail.sender
    if shown is None:
        return None
    found = _VIA.match(shown.name)
    if not found or all(mail.root.raw_header(name) is None for name in _LIST_HEADERS):
        return shown
    lists = {one.address for one in mail.addresses("to", "cc", "list-post", "sender")}
    for one in mail.addresses("x-original-from", "x-original-sender", "reply-to"):
        if one.address != shown.address and one.address not in lists:
            return Address(one.name or found["name"], one.address)
    return shown
