"""What the e-mail tests share: an inbox that points at the mail server in a box."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from channels.email.channel import EmailChannel
from channels.email.config import EmailSettings, ImapSettings, Security, SmtpSettings
from channels.sandbox.door import MemoryDoor
from channels.sandbox.mail import MailSandbox
from desk.kit.clock import SystemClock
from desk.ports.channel import ChannelKit
from desk.ports.messages import Author, AuthorKind, InboundMessage, OutboundMessage

ADA, DESK = "ada@example.com", "support@acme.example"
KIT = ChannelKit(
    clock=SystemClock(), secret="a secret of the desk", public_url="https://desk.example"
)


def settings(mail: MailSandbox | None = None, **changes: object) -> EmailSettings:
    """Return an inbox's settings: plain loopback connections to the box, quick to come back."""
    found = EmailSettings(address=DESK, name="Acme")
    if mail is not None:
        found = msgspec.structs.replace(
            found,
            imap=ImapSettings(
                host=mail.host,
                port=mail.imap_port,
                security=Security.PLAIN,
                password="plain:secret",
                take_existing=True,
                reconnect_s=0.02,
            ),
            smtp=SmtpSettings(
                host=mail.host,
                port=mail.smtp_port,
                security=Security.PLAIN,
                password="plain:secret",
                timeout_s=2,
            ),
        )
    return msgspec.structs.replace(found, **changes)


def channel(found: EmailSettings) -> EmailChannel:
    """Return the channel of one inbox."""
    return EmailChannel("support", found, KIT)


def door() -> MemoryDoor:
    """Return an empty desk in memory."""
    return MemoryDoor(KIT.clock)


@asynccontextmanager
async def box() -> AsyncIterator[MailSandbox]:
    """Run a mail server with Ada's mailbox and the desk's."""
    async with MailSandbox() as mail:
        await mail.add_mailbox(ADA, "secret")
        await mail.add_mailbox(DESK, "secret")
        yield mail


def outbound(**changes: object) -> OutboundMessage:
    """Return an answer of Ann's to Ada."""
    answer = OutboundMessage(
        id="out-1",
        case_id=42,
        case_number=1042,
        message_id=7,
        recipient=ADA,
        recipient_name="Ada Lovelace",
        text="Try **again** now.",
        author=Author(kind=AuthorKind.AGENT, name="Ann"),
        subject="Printer on fire",
        in_reply_to="<q@example.com>",
        references=("<first@example.com>",),
    )
    return msgspec.structs.replace(answer, **changes)


def only(found: object) -> InboundMessage:
    """Return the one message that a mail was parsed into."""
    assert isinstance(found, tuple)
    (one,) = found
    assert isinstance(one, InboundMessage)
    return one
