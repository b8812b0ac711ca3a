"""Looking before leaping: a mail there and back, and what a mailbox holds already."""

import asyncio
import time
from datetime import datetime, timedelta
from email.utils import format_datetime

from msgspec import Struct

from channels.email import compose
from channels.email.config import EmailSettings, Provider
from channels.email.imap import FAULTS, Mailbox, imap_day
from channels.email.smtp import Submission
from channels.email.threads import LOOP_HEADER, loop_mark
from desk.kit.errors import ChannelBroken, DeskError, Invalid
from desk.kit.ids import new_token
from desk.ports.channel import ChannelKit, Finding

_LOOK_S = 1.0
_MEND = "Run `parley check` for each half of the way, and look at the mailbox and its spam folder."


class Held(Struct, frozen=True):
    """How many mails a folder holds, and how many of them are unread and not old."""

    folder: str
    mails: int
    waiting: int


def held(settings: EmailSettings, now: datetime) -> list[Held]:
    """Return what the folders of an inbox hold; blocks, changes nothing.

    Raises:
        Invalid: it cannot be looked at like this.
        ChannelBroken: the sign-in is refused, or a server cannot be reached.
    """
    if not settings.imap.host or settings.oauth.provider is not Provider.OFF:
        raise Invalid("Only an inbox that reads by IMAP with a password can be counted like this.")
    since = now - timedelta(days=settings.imap.unread_days)
    return [_held(settings, folder, since) for folder in settings.imap.folders]


def _held(settings: EmailSettings, folder: str, since: datetime) -> Held:
    mailbox = Mailbox(settings.imap, settings.address, folder)
    try:
        mailbox.connect()
        mailbox.open(readonly=True)
        return Held(folder, len(mailbox.uids_after(0)), len(mailbox.unread_since(imap_day(since))))
    except FAULTS as trouble:
        raise ChannelBroken(f"{settings.imap.host} cannot be read: {trouble}") from trouble
    finally:
        mailbox.close()


async def try_out(
    settings: EmailSettings, submission: Submission, kit: ChannelKit, longest_s: float
) -> Finding:
    """Return whether a mail sent by SMTP is in the mailbox within `longest_s`. Never raises."""
    if not settings.imap.host or settings.oauth.provider is not Provider.OFF:
        detail = "only an inbox that reads by IMAP with a password can be tried like this"
        return Finding(what="round trip", ok=False, detail=detail, mend="Write to it yourself.")
    began, word = time.monotonic(), new_token()[:16]
    try:
        await submission.send(settings.address, (settings.address,), _mail(settings, kit, word))
        found = await asyncio.to_thread(_wait_for, settings, word, longest_s)
    except (DeskError, *FAULTS) as trouble:
        reason = trouble.reason if isinstance(trouble, DeskError) else str(trouble)
        return Finding(what="round trip", ok=False, detail=reason, mend=_MEND)
    if not found:
        detail = f"the mail was sent and is not in the mailbox after {longest_s:.0f} s"
        return Finding(what="round trip", ok=False, detail=detail, mend=_MEND)
    detail = f"there and back in {time.monotonic() - began:.1f} s"
    return Finding(what="round trip", ok=True, detail=detail)


def _mail(settings: EmailSettings, kit: ChannelKit, word: str) -> bytes:
    node = compose.text_node("plain", "Parley tries out the way to this mailbox and back.")
    headers = [
        ("Date", format_datetime(kit.clock.now())),
        ("From", compose.mailbox(settings.name, settings.address)),
        ("To", compose.mailbox("", settings.address)),
        ("Subject", f"Parley tries this mailbox {word}"),
        ("Message-ID", f"<{word}@{settings.address.rpartition('@')[2]}>"),
        ("Auto-Submitted", "auto-generated"),
        (LOOP_HEADER, loop_mark(kit.secret, settings.address)),
        ("MIME-Version", "1.0"),
    ]
    return compose.write([*headers, *node.headers], node.body)


def _wait_for(settings: EmailSettings, word: str, longest_s: float) -> bool:
    until = time.monotonic() + longest_s
    mailbox = Mailbox(settings.imap, settings.address, settings.imap.folders[0])
    try:
        mailbox.connect()
        while time.monotonic() < until:
            mailbox.open(readonly=True)
            if mailbox.has_subject(word):
                return True
            time.sleep(_LOOK_S)
        return False
    finally:
        mailbox.close()
