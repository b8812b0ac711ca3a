"""What `parley mail …` does: hands mail to the running desk, and works on what is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from msgspec import Struct, to_builtins
from sqlalchemy import Connection

from bot.config import Config, decode
from bot.files import signing_secret
from channels import registry
from channels.email.channel import EmailChannel
from desk.arrivals import actions as arrivals
from desk.arrivals import queries as arrival_queries
from desk.arrivals.queries import Aside
from desk.db.engine import Database
from desk.db.migrate import migrate
from desk.db.open import open_database
from desk.kit.clock import SystemClock
from desk.kit.errors import DeskError, Invalid, NotFound
from desk.kit.secrets import reveal
from desk.messages import reread
from desk.ports.channel import ChannelKit, Finding
from desk.ports.messages import InboundMessage

_TIMEOUT_S = 60
_BATCH = 200
_DATA, _TEMPORARY, _RIGHTS, _CONFIG = 65, 75, 77, 78  # of sysexits.h


class Envelope(Struct, frozen=True):
    """Who handed a mail over and for whom, where that is known."""

    sender: str = ""
    recipients: tuple[str, ...] = ()


class Handed(Struct, frozen=True):
    """How handing over ended: an exit code of sysexits.h, and words for whoever reads."""

    code: int
    words: str = ""


class Reread(Struct, frozen=True):
    """How many messages were read anew, and how many are another by it."""

    read: int
    changed: int


async def hand_over(config: Config, inbox: str, raw: bytes, envelope: Envelope) -> Handed:
    """Post a mail to the running desk and return how that ended; never raises for its answer."""
    channel = await asyncio.to_thread(email_channel, config, inbox)
    try:
        token = reveal(channel.settings.post.token)
    except Invalid as missing:
        return Handed(_CONFIG, missing.reason)
    if not token:
        return Handed(_CONFIG, f"{inbox} takes no posted mail: set post.token.")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"}
    if envelope.recipients:
        headers["X-Envelope-To"] = ", ".join(envelope.recipients)
        headers["X-Envelope-From"] = envelope.sender
    url = f"http://{_host(config)}:{config.http.port}/inbound/email/{inbox}"
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.post(url, data=raw, headers=headers) as answer,
        ):
            return _handed(answer.status)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return Handed(_TEMPORARY, f"The desk does not answer at {url}.")


def meaning(config: Config, inbox: str, raw: bytes) -> list[str]:
    """Return in lines what a mail says to an inbox: what it is, who wrote, what is remarkable."""
    channel = email_channel(config, inbox)
    lines = []
    for one in channel.parse(raw):
        lines.append(f"{type(one).__name__}:")
        for name, value in to_builtins(one).items():
            if name != "type" and value not in (None, "", [], {}, False):
                lines.append(f"  {name}: {value}")
    return lines


async def reparse(config: Config, inbox: str | None, *, dry_run: bool) -> Reread:
    """Read every stored mail anew and keep what it says now. Raises DeskError: the desk runs."""
    keys = [inbox] if inbox is not None else _email_inboxes(config)
    read = changed = 0
    async with _database(config) as db:
        for key in keys:
            channel, after = await asyncio.to_thread(email_channel, config, key), 0
            while batch := await db.read(reread.stored, key, after, _BATCH):
                after = batch[-1].message_id
                found = {one.message_id: _said(channel, one.raw) for one in batch}
                fresh = {number: said for number, said in found.items() if said is not None}
                read += len(batch)
                changed += await db.write(reread.keep, fresh, dry_run=dry_run)
    return Reread(read, changed)


async def set_aside(
    config: Config, *, unmatched: bool, retry: int | None, discard: int | None
) -> list[str]:
    """Do what is asked with one arrival, and return the list as lines."""
    state = Aside.UNMATCHED if unmatched else Aside.QUARANTINED
    now = SystemClock().now()

    def unit(c: Connection) -> None:
        if retry is not None:
            arrivals.replay(c, retry, now=now)
        if discard is not None:
            arrivals.discard(c, discard, now=now)

    async with _database(config) as db:
        await db.write(unit)
        rows = await db.read(arrival_queries.set_aside, state, limit=200)
    return [
        f"{row.id}  {row.received_at:%Y-%m-%d %H:%M}  {row.inbox}  {row.reason}" for row in rows
    ] or ["Nothing is set aside."]


async def round_trip(config: Config, inbox: str) -> Finding:
    """Send a mail from an inbox to itself and wait for it. Raises Invalid, NotFound."""
    channel = await asyncio.to_thread(email_channel, config, inbox)
    return await channel.round_trip(_TIMEOUT_S)


async def history_of(config: Config, inbox: str) -> list[str]:
    """Return in lines what is in an inbox's mailbox already. Raises DeskError."""
    channel = await asyncio.to_thread(email_channel, config, inbox)
    days = channel.settings.imap.unread_days
    return [
        f"{one.folder}: {one.mails} mails. {one.waiting} are unread and of the last {days} days: "
        f"they would wait in open cases. {one.mails - one.waiting} would be closed cases."
        for one in await channel.history()
    ]


def email_channel(config: Config, inbox: str) -> EmailChannel:
    """Return the channel of an e-mail inbox. Raises NotFound, Invalid."""
    found = config.inboxes.get(inbox)
    if found is None or found.channel != EmailChannel.kind:
        known = ", ".join(_email_inboxes(config)) or "none"
        raise NotFound(f"There is no e-mail inbox called {inbox}. Configured: {known}.")
    kit = ChannelKit(
        clock=SystemClock(),
        secret=signing_secret(config.storage.secret, Path(config.storage.files)),
        public_url=config.public_url,
        product=config.name,
    )
    built = registry.build(inbox, found.channel, found.settings, kit, decode)
    assert isinstance(built, EmailChannel)  # noqa: S101 - its kind says so
    return built


def _email_inboxes(config: Config) -> list[str]:
    return [key for key, one in config.inboxes.items() if one.channel == EmailChannel.kind]


def _host(config: Config) -> str:
    everywhere = config.http.host in ("0.0.0.0", "::", "")  # noqa: S104 - where to ask, not listen
    return "127.0.0.1" if everywhere else config.http.host


def _handed(status: int) -> Handed:
    if status in (200, 202):
        return Handed(0)
    if status in (401, 403):
        return Handed(_RIGHTS, "The desk refuses the token.")
    if status in (400, 413):
        return Handed(_DATA, "The desk will never take this mail: it is empty or too large.")
    return Handed(_TEMPORARY, f"The desk answered {status}: try again.")


def _said(channel: EmailChannel, raw: bytes) -> InboundMessage | None:
    try:
        found = channel.parse(raw)
    except DeskError:
        return None
    return next((one for one in found if isinstance(one, InboundMessage)), None)


@asynccontextmanager
async def _database(config: Config) -> AsyncIterator[Database]:
    await asyncio.to_thread(migrate, config.storage.url)
    db = open_database(config.storage.url)
    try:
        yield db
    finally:
        await db.close()
