"""Who really wrote a mail that a mailing list or a relay sends on under its own address."""

import re

from channels.email.addresses import Address
from channels.email.mail import Mail

# What lists put into From where the writer's own domain forbids sending for it (DMARC).
_VIA = re.compile(
    r"^[\"']?(?P<name>.{1,100}?)[\"']? (?:via|über|par|por|tramite|through) .{1,100}$", re.I
)
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "x-original-from")


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
