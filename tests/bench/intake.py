"""Mail on its way in, from a real Dovecot and by our own door: how long, how much at once.

Dovecot must be installed (dovecot-imapd, dovecot-lmtpd); without it nothing here is measured.
"""

import asyncio
import base64
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from smtplib import LMTP

import psutil
from sqlalchemy import Connection, func, select

from bot.doors import InboxDoor
from bot.inbound import Recorder
from channels.email.config import DoorProtocol, DoorSettings, EmailSettings
from channels.email.parse import Reader, parse
from channels.sandbox.paper import PaperChannel, PaperSettings, payload, said
from desk.db.open import open_database
from desk.kit.clock import SystemClock
from desk.messages.tables import external_ids, messages
from desk.ports.channel import Arrival, Channel
from desk.ports.messages import Sender
from desk.queues import queries as queues
from desk.queues.actions import define_inbox
from tests.bench.figures import Figure, calibrate, figure, percentile
from tests.bot.paper_desk import INBOX
from tests.channels.email_world import KIT
from tests.schema import create_schema
from tests.servers.conftest import DESK
from tests.servers.dovecot import Dovecot, dovecot
from tests.servers.mail_desk import MailDesk, letter
from tests.servers.process import free_port, open_to_servers

LARGE_BYTES = 25 * 1024 * 1024
OTHER = "other"  # an inbox beside the mail, for whom nothing may become slower
_LOOK_S = 0.002


async def measure(quick: bool) -> list[Figure]:
    """Return latencies by IDLE and LMTP, a large mail's cost, and a backlog's."""
    if not shutil.which("dovecot", path="/usr/sbin:/usr/bin:/sbin:/bin"):
        print("intake needs Dovecot: apt-get install dovecot-imapd dovecot-lmtpd", file=sys.stderr)
        return []
    mails = 20 if quick else 100
    return [
        *await _latency("mail by IDLE", mails, by_imap=True),
        *await _latency("mail by LMTP", mails, by_imap=False),
        *await _large(),
        *await _backlog(1000 if quick else 10_000),
    ]


class TwoInboxes(MailDesk):
    """A desk with an e-mail inbox and another one, with as many workers as by default."""

    recorders = 16

    async def furnish(self) -> None:
        """Make the other inbox too."""
        await super().furnish()
        await self.db.write(_define_other)
        paper = PaperChannel(OTHER, PaperSettings(folder="."), KIT)
        channels: dict[str, Channel] = {INBOX: self.mail, OTHER: paper}
        self.recorder = Recorder(self.db, channels, self.blobs, self.clock)
        self.other = InboxDoor(OTHER, self.db, self.blobs, self.clock, self.health.report)


def _define_other(c: Connection) -> None:
    (queue, *_) = queues.list_queues(c)
    define_inbox(c, OTHER, "paper", "Other", queue.id, bot=False)


async def _desk(folder: Path, settings: EmailSettings) -> TwoInboxes:
    path = folder / "bench.db"
    await asyncio.to_thread(create_schema, str(path))
    desk = TwoInboxes(open_database(str(path)), SystemClock(), folder, settings)
    await desk.furnish()
    return desk


async def _latency(name: str, mails: int, *, by_imap: bool) -> list[Figure]:
    """Return how long a mail takes from the hand of its server to its case."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        await asyncio.to_thread(open_to_servers, folder)
        server = dovecot(folder / "dovecot", [DESK])
        running = await asyncio.to_thread(server.__enter__)
        door = DoorSettings(protocol=DoorProtocol.LMTP, port=free_port())
        imap = EmailSettings(address=DESK, imap=running.settings())
        settings = imap if by_imap else EmailSettings(address=DESK, door=door)
        port = running.lmtp_port if by_imap else door.port
        desk, calibration = await _desk(folder, settings), calibrate()
        waits = []
        async with desk.working():
            await asyncio.sleep(1.5)
            for number in range(mails):
                began = time.perf_counter()
                await asyncio.to_thread(_deliver, port, letter(number))
                await _until(desk, partial(_has, count=number + 1))
                waits.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(0.1)
        await desk.db.close()
        await asyncio.to_thread(server.__exit__, None, None, None)
    return [
        figure(f"{name}, p50", statistics.median(waits), "ms", calibration),
        figure(f"{name}, p95", percentile(waits, 0.95), "ms", calibration),
    ]


def _deliver(port: int, raw: bytes) -> None:
    with LMTP("127.0.0.1", port) as lmtp:
        lmtp.sendmail("sender@example.org", [DESK], raw)


def _has(c: Connection, count: int) -> bool:
    return c.execute(select(func.count()).select_from(messages)).scalar_one() >= count


def _is_recorded(c: Connection, key: str) -> bool:
    mine = external_ids.c.inbox == OTHER, external_ids.c.external_id == key
    return c.execute(select(external_ids.c.message_id).where(*mine)).first() is not None


def _no_mail_waits(c: Connection, mails: int) -> bool:
    known = select(func.count()).select_from(external_ids).where(external_ids.c.inbox == INBOX)
    return c.execute(known).scalar_one() >= mails


async def _until(
    desk: MailDesk, holds: Callable[[Connection], bool], look_s: float = _LOOK_S
) -> None:
    while not await desk.db.read(holds):  # noqa: ASYNC110 - looking costs what is measured
        await asyncio.sleep(look_s)


async def _large() -> list[Figure]:
    """Return how long the largest mail takes to be read, and how many times its size it needs."""
    command = [sys.executable, "-m", "tests.bench.intake"]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await child.communicate()
    took_s, times = map(float, told.split())
    return [
        figure("a mail of 25 MB, read", took_s * 1000, "ms", calibrate()),
        figure("a mail of 25 MB, memory in times its size", times, "x", calibrate()),
    ]


def read_large() -> None:
    """Print the seconds and the multiple of its size that reading a mail of 25 MB takes."""
    content = base64.encodebytes(Random(1).randbytes(LARGE_BYTES * 3 // 4 - 1000))
    raw = (
        letter(1).replace(
            b"\r\n\r\n", b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n", 1
        )
        + b"--b\r\nContent-Type: application/pdf; name=plan.pdf\r\n"
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + content
        + b"--b--\r\n"
    )
    del content
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    parse(raw, Reader(addresses=(DESK,), secret="s"))
    took_s = time.perf_counter() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) * 1024
    print(f"{took_s:.3f} {grown / len(raw):.2f}")


async def _backlog(mails: int) -> list[Figure]:
    """Return how fast a full mailbox is read, what memory that takes, and who waits for it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        await asyncio.to_thread(open_to_servers, folder)
        server = dovecot(folder / "dovecot", [DESK])
        running = await asyncio.to_thread(server.__enter__)
        await asyncio.to_thread(_fill, running, mails)
        settings = EmailSettings(address=DESK, imap=running.settings())
        desk, calibration = await _desk(folder, settings), calibrate()
        async with desk.working():  # the mailbox is read from here on
            began = time.perf_counter()
            process = psutil.Process()
            before = most = process.memory_info().rss
            done = asyncio.create_task(_until(desk, partial(_no_mail_waits, mails=mails), 0.25))
            busy: list[float] = []
            while not done.done():
                busy.append(await _other_waits(desk, f"busy{len(busy)}"))
                most = max(most, process.memory_info().rss)
            took_s = time.perf_counter() - began
            quiet = [await _other_waits(desk, f"quiet{number}") for number in range(len(busy))]
        await desk.db.close()
        await asyncio.to_thread(server.__exit__, None, None, None)
    return [
        figure(f"backlog of {mails}, to their cases", mails / took_s, "/s", calibration),
        figure(f"backlog of {mails}, memory grown", (most - before) / 2**20, "MB", calibration),
        figure("another inbox meanwhile, p99", percentile(busy, 0.99), "ms", calibration),
        figure("another inbox afterwards, p99", percentile(quiet, 0.99), "ms", calibration),
    ]


def _fill(running: Dovecot, mails: int) -> None:
    """Put mails into the mailbox as a delivery of long ago left them."""
    new = running.folder / "mail" / DESK / "new"
    for name in ("new", "cur", "tmp"):
        (new.parent / name).mkdir(parents=True, exist_ok=True)
    for number in range(mails):
        (new / f"{1_700_000_000 + number}.M{number}.bench").write_bytes(letter(number))
    for path in (new.parent, *new.parent.rglob("*")):
        shutil.chown(path, "mail", "mail")


async def _other_waits(desk: TwoInboxes, key: str) -> float:
    """Return the milliseconds from the door of the other inbox to the committed case."""
    one = said(key, "Where is it?", sender=Sender(address=key), thread=key)
    began = time.perf_counter()
    arrival = Arrival(dedupe_key=key, order_key=key, raw=payload(one))
    await desk.other.accept([arrival])
    await _until(desk, partial(_is_recorded, key=key))
    took_ms = (time.perf_counter() - began) * 1000
    await asyncio.sleep(0.05)
    return took_ms


if __name__ == "__main__":
    read_large()
