"""The doctor of an e-mail inbox: connects once to each server and says what is well."""

import asyncio

from channels.email.config import (
    DoorProtocol,
    EmailSettings,
    ImapSettings,
    Provider,
    SmtpSettings,
)
from channels.email.imap import FAULTS, Mailbox
from channels.email.smtp import Submission
from desk.kit.errors import ChannelBroken, DeskError, Invalid
from desk.kit.secrets import reveal
from desk.ports.channel import Finding


async def examine(settings: EmailSettings, submission: Submission) -> list[Finding]:
    """Return one finding for the address and for each way in and out. Never raises."""
    findings = [_address(settings)]
    if settings.oauth.provider is not Provider.OFF:
        return [*findings, _signing_in(settings)]
    if settings.imap.host:
        for folder in filter(None, (*settings.imap.folders, settings.imap.sent_folder)):
            mailbox = Mailbox(settings.imap, settings.address, folder)
            findings.append(await asyncio.to_thread(_reading, mailbox, settings.imap, folder))
    findings.append(await _sending(settings.smtp, submission))
    if settings.post.token:
        findings.append(await asyncio.to_thread(_posting, settings))
    return findings


def _signing_in(settings: EmailSettings) -> Finding:
    """Tell where it is shown whether tokens work: a running desk has them, and it alone."""
    try:
        reveal(settings.oauth.client_secret)
    except Invalid as missing:
        mend = "Set oauth.client_secret."
        return Finding(what="oauth", ok=False, detail=missing.reason, mend=mend)
    detail = "signs in by OAuth: whether that works is shown at Inboxes while the desk runs"
    return Finding(what="oauth", ok=True, detail=detail)


def _address(settings: EmailSettings) -> Finding:
    ways_in = (
        settings.imap.host,
        settings.door.protocol is not DoorProtocol.OFF,
        settings.post.token,
    )
    if not settings.address:
        return Finding(
            what="address", ok=False, detail="The inbox has no address.", mend="Set address."
        )
    if not any(ways_in):
        return Finding(
            what="address",
            ok=False,
            detail=f"No mail can come in for {settings.address}.",
            mend="Set imap.host, door.protocol or post.token.",
        )
    return Finding(what="address", ok=True, detail=settings.address)


def _reading(mailbox: Mailbox, settings: ImapSettings, name: str) -> Finding:
    server = f"{settings.host}:{settings.port}"
    try:
        mailbox.connect()
        folder = mailbox.open(readonly=True)
    except (ChannelBroken, Invalid) as refused:
        return Finding(
            what="imap", ok=False, detail=refused.reason, mend="Check imap.login and imap.password."
        )
    except (DeskError, *FAULTS) as trouble:
        mend = "Check imap.host, imap.port, imap.security, imap.folders and imap.sent_folder."
        detail = f"{server}, {name}: {trouble}"
        return Finding(what="imap", ok=False, detail=detail, mend=mend)
    finally:
        mailbox.close()
    return Finding(what="imap", ok=True, detail=f"{server}: {name} up to UID {folder.uid_next - 1}")


async def _sending(settings: SmtpSettings, submission: Submission) -> Finding:
    server = f"{settings.host}:{settings.port}"
    if not settings.host:
        return Finding(
            what="smtp", ok=False, detail="This inbox cannot answer.", mend="Set smtp.host."
        )
    try:
        async with submission.session():
            return Finding(what="smtp", ok=True, detail=f"{server} takes our mail")
    except (ChannelBroken, Invalid) as refused:
        mend = "Check smtp.login, smtp.password and smtp.security."
        return Finding(what="smtp", ok=False, detail=refused.reason, mend=mend)
    except DeskError as trouble:
        mend = "Check smtp.host, smtp.port and smtp.security, and that the server is up."
        return Finding(what="smtp", ok=False, detail=trouble.reason, mend=mend)


def _posting(settings: EmailSettings) -> Finding:
    try:
        strong = len(reveal(settings.post.token)) >= 16
    except Invalid as missing:
        return Finding(what="post", ok=False, detail=missing.reason, mend="Set post.token.")
    return Finding(
        what="post",
        ok=strong,
        detail="" if strong else "The token is short enough to be guessed.",
        mend="" if strong else "Use at least 16 random characters.",
    )
