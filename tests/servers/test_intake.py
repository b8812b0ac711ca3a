"""Mail from a real Dovecot: each once, whatever dies, moves or is rebuilt in between."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from channels.email.config import AfterCommit, EmailSettings, ImapSettings
from channels.email.imap import Mailbox
from desk.arrivals.queries import fetch_many
from desk.arrivals.tables import arrivals as journal
from desk.arrivals.tables import channel_states as states
from desk.cases.tables import cases
from desk.db.engine import Database
from desk.db.open import open_database
from desk.kit.clock import SystemClock
from desk.messages.tables import messages
from desk.ports.channel import HealthState
from tests.bot.paper_desk import INBOX
from tests.contracts.kill import killed
from tests.servers import child_intake
from tests.servers.conftest import DESK
from tests.servers.cutter import Cutter
from tests.servers.dovecot import Dovecot
from tests.servers.mail_desk import MailDesk, letter, texts

MAILS, CUSTOMERS = 500, 100


def inbox(imap: ImapSettings) -> EmailSettings:
    return EmailSettings(address=DESK, name="Acme", imap=imap)


def conversation(number: int) -> bytes:
    """Return one of the mails of a customer's thread: the first, or an answer to it."""
    first = number % CUSTOMERS
    sender = f"customer{first}@example.org"
    return letter(number, sender=sender, answers=first if number >= CUSTOMERS else None)


@pytest.mark.timeout(300)
async def test_a_desk_killed_twenty_times_while_reading_has_every_mail_once(
    imap: Dovecot, database_url: str, tmp_path: Path
) -> None:
    mails = [conversation(number) for number in range(MAILS)]
    await asyncio.to_thread(imap.deliver, mails, DESK)
    database = open_database(database_url)
    settings = inbox(imap.settings())
    await MailDesk(database, SystemClock(), tmp_path, settings).furnish()
    await database.close()
    arguments = (database_url, str(tmp_path), msgspec.json.encode(settings).decode(), str(MAILS))
    hits = await asyncio.to_thread(killed, child_intake.__name__, *arguments, longest_ms=12)
    database = open_database(database_url)
    found = await database.read(texts)
    opened = await database.read(lambda c: c.scalar(select(func.count()).select_from(cases)))
    await database.close()
    assert hits == 20
    assert Counter(found) == Counter(f"line {number}" for number in range(MAILS))
    assert opened == CUSTOMERS


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """What IMAP does to the desk is the same on both engines: one is enough here."""
    opened = open_database(sqlite_url)
    await MailDesk(opened, SystemClock(), Path(), inbox(ImapSettings())).furnish()
    yield opened
    await opened.close()


Read = Callable[..., AbstractAsyncContextManager[MailDesk]]


@pytest.fixture
def reading(database: Database, imap: Dovecot, tmp_path: Path) -> Read:
    """A desk that reads the mailbox, as the given settings say, inside a context."""

    @asynccontextmanager
    async def desk(**changes: object) -> AsyncIterator[MailDesk]:
        settings = inbox(imap.settings(**changes))
        found = MailDesk(database, SystemClock(), tmp_path, settings)
        async with found.working():
            yield found

    return desk


def said(*numbers: int) -> Callable[[Connection], bool]:
    """Return a look that is true once exactly these mails are on the record."""
    return lambda c: sorted(texts(c)) == sorted(f"line {number}" for number in numbers)


async def test_a_folder_that_was_rebuilt_brings_nothing_twice(imap: Dovecot, reading: Read) -> None:
    def rebuild(numbers: Sequence[int]) -> None:
        with imap.client(DESK) as client:
            if client.folder_exists("Support"):
                client.delete_folder("Support")
            client.create_folder("Support")
            for number in numbers:
                client.append("Support", letter(number))

    await asyncio.to_thread(rebuild, range(30))
    async with reading(folders=("Support",)) as desk:
        await desk.until(said(*range(30)))
    await asyncio.to_thread(rebuild, range(5, 35))
    async with reading(folders=("Support",)) as desk:
        await desk.until(said(*range(35)))
        await desk.until(lambda c: not waiting(c))
        assert await desk.db.read(said(*range(35)))


async def test_a_folder_rebuilt_under_an_open_connection_is_noticed(
    imap: Dovecot, reading: Read
) -> None:
    def build(numbers: Sequence[int]) -> None:
        with imap.client(DESK) as client:
            client.create_folder("Support")
            for number in numbers:
                client.append("Support", letter(number))

    def tear_down() -> None:
        with imap.client(DESK) as client:
            client.delete_folder("Support")

    await asyncio.to_thread(build, range(3))
    async with reading(folders=("Support",), idle_s=1) as desk:
        await desk.until(said(0, 1, 2))
        await asyncio.to_thread(tear_down)
        await asyncio.to_thread(build, range(2, 5))
        await desk.until(said(*range(5)), timeout_s=20)


def waiting(c: Connection) -> bool:
    return "waiting" in c.scalars(select(journal.c.state)).all()


def kept(imap: Dovecot, folder: str) -> list[tuple[int, bool]]:
    """Return the mails left in a folder: UID, and whether it is marked as seen."""
    with imap.client(DESK) as client:
        if not client.folder_exists(folder):
            return []
        client.select_folder(folder, readonly=True)
        flags = client.get_flags(client.search(["ALL"]))
        return sorted((uid, b"\\Seen" in marks) for uid, marks in flags.items())


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait for what only the server can tell; blocks."""
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("after", "inbox_has", "archive_has"),
    [
        (AfterCommit.KEEP, [(1, True), (2, True)], []),
        (AfterCommit.MOVE, [], [(1, False), (2, False)]),
        (AfterCommit.DELETE, [], []),
    ],
)
async def test_what_is_committed_is_kept_moved_or_deleted(
    imap: Dovecot,
    reading: Read,
    after: AfterCommit,
    inbox_has: list[tuple[int, bool]],
    archive_has: list[tuple[int, bool]],
) -> None:
    with imap.client(DESK) as client:
        client.create_folder("Archive")
    await asyncio.to_thread(imap.deliver, [letter(1), letter(2)], DESK)
    async with reading(after_commit=after, idle_s=1) as desk:
        await desk.until(said(1, 2))
        await asyncio.to_thread(wait_for, lambda: kept(imap, "INBOX") == inbox_has)
    assert kept(imap, "Archive") == archive_has


async def test_a_folder_to_move_to_that_is_not_there_loses_nothing_and_is_said(
    imap: Dovecot, reading: Read
) -> None:
    await asyncio.to_thread(imap.deliver, [letter(1)], DESK)
    async with reading(after_commit=AfterCommit.MOVE, move_to="Nowhere") as desk:
        await desk.until(said(1))
        await asyncio.to_thread(imap.deliver, [letter(2)], DESK)
        await desk.until(said(1, 2))
    assert [uid for uid, _ in kept(imap, "INBOX")] == [1, 2]


def test_a_mail_that_vanished_before_it_was_moved_is_no_trouble(imap: Dovecot) -> None:
    imap.deliver([letter(1), letter(2)], DESK)
    with imap.client(DESK) as client:
        client.create_folder("Archive")
    mailbox = Mailbox(imap.settings(after_commit=AfterCommit.MOVE), DESK, "INBOX")
    mailbox.connect()
    mailbox.open()
    with imap.client(DESK) as other:
        other.select_folder("INBOX")
        other.delete_messages([1])
        other.expunge()
    mailbox.settle([1, 2])
    mailbox.close()
    assert [uid for uid, _ in kept(imap, "Archive")] == [1]
    assert kept(imap, "INBOX") == []


@pytest.mark.timeout(90)
async def test_a_line_that_is_cut_in_idle_again_and_again_is_tried_again_with_patience(
    imap: Dovecot, reading: Read
) -> None:
    cutter = Cutter(imap.imap_port)
    async with cutter.running():
        cutter.lives_s = 0.3
        async with reading(port=cutter.port, reconnect_s=1.4) as desk:
            await asyncio.sleep(12)
            tries = len(cutter.opened)
            await asyncio.to_thread(imap.deliver, [letter(1)], DESK)
            cutter.lives_s = None
            await desk.until(said(1), timeout_s=60)
    assert 2 <= tries <= 12


async def test_a_connection_cut_in_idle_is_back_and_has_missed_nothing(
    imap: Dovecot, reading: Read
) -> None:
    cutter = Cutter(imap.imap_port)
    async with cutter.running(), reading(port=cutter.port) as desk:
        for number in range(8):
            await asyncio.to_thread(imap.deliver, [letter(number)], DESK)
            if number % 2:
                cutter.cut()
            await desk.until(said(*range(number + 1)), timeout_s=20)


async def test_history_is_left_alone_unless_it_is_asked_for(imap: Dovecot, reading: Read) -> None:
    await asyncio.to_thread(imap.deliver, [letter(1)], DESK)
    async with reading(take_existing=False) as desk:
        await desk.until(lambda c: c.scalar(select(func.count()).select_from(states)))
        await asyncio.to_thread(imap.deliver, [letter(2)], DESK)
        await desk.until(said(2))
    assert [seen for _, seen in kept(imap, "INBOX")] == [False, True]


def big(text: str, encoding: str) -> bytes:
    """Return a mail of two MB whose first text stands before its file, as programs send it."""
    message = EmailMessage()
    message["From"], message["To"] = "Ada <ada@example.org>", DESK
    message["Subject"], message["Message-ID"] = "Photos", "<big@example.org>"
    message.set_content(text, cte=encoding)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    message.add_attachment(b"x" * 2_000_000, maintype="image", subtype="png", filename="a.png")
    return message.as_bytes(policy=SMTP)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
async def test_a_mail_that_is_too_large_shows_its_words_and_stays_on_the_server(
    database: Database, imap: Dovecot, tmp_path: Path, encoding: str
) -> None:
    await asyncio.to_thread(imap.deliver, [big("Grüße, hier die Fotos", encoding)], DESK)
    settings = replace(inbox(imap.settings()), largest_bytes=1_000_000)
    desk = MailDesk(database, SystemClock(), tmp_path, settings)
    async with desk.working():
        (text,) = await desk.until(texts)
    assert "Grüße, hier die Fotos" in text
    assert "more than this inbox takes" in text
    assert len(kept(imap, "INBOX")) == 1
    (case,) = await desk.cases()
    assert (case.subject, case.customer_name) == ("Photos", "Ada")


async def test_a_large_mail_of_nothing_but_a_file_says_that_it_is_large(
    database: Database, imap: Dovecot, tmp_path: Path
) -> None:
    head = b"From: ada@example.org\r\nContent-Type: image/png\r\nSubject: Photo\r\n\r\n"
    await asyncio.to_thread(imap.deliver, [head + b"x\r\n" * 700_000], DESK)
    settings = replace(inbox(imap.settings()), largest_bytes=1_000_000)
    desk = MailDesk(database, SystemClock(), tmp_path, settings)
    async with desk.working():
        (text,) = await desk.until(texts)
    assert text.startswith("[This mail has 2.1 MB")


async def test_mails_are_recorded_in_the_order_they_came_whatever_their_uids(
    imap: Dovecot, reading: Read
) -> None:
    def fill() -> None:
        with imap.client(DESK) as client:
            for number in range(60):  # copied in from elsewhere, the last first
                came = datetime(2026, 3, 2, 12, 0, tzinfo=UTC) - timedelta(minutes=number)
                client.append("INBOX", letter(number, sender="ada@example.org"), msg_time=came)

    await asyncio.to_thread(fill)
    async with reading() as desk:
        await desk.until(said(*range(60)))
        arrived = [one.raw for one in await desk.db.read(fetch_many, range(1, 61))]
    ids = [int(raw.split(b"Message-ID: <")[1].split(b"@")[0]) for raw in arrived]
    assert ids == list(reversed(range(60)))


async def test_every_folder_that_is_named_is_read(imap: Dovecot, reading: Read) -> None:
    def fill() -> None:
        with imap.client(DESK) as client:
            client.create_folder("Orders")
            client.append("Orders", letter(1))
            client.append("INBOX", letter(2))

    await asyncio.to_thread(fill)
    async with reading(folders=("INBOX", "Orders")) as desk:
        await desk.until(said(1, 2))


async def test_an_answer_an_agent_sent_from_his_mail_program_joins_the_case(
    imap: Dovecot, reading: Read
) -> None:
    answer = letter(9, sender="ann@private.example", answers=1).replace(
        b"To: support@acme.example", b"To: customer1@example.org"
    )

    def fill() -> None:
        with imap.client(DESK) as client:
            client.create_folder("Sent")
            client.append("Sent", letter(7))  # long ago: of no concern
            client.append("INBOX", letter(1))

    def send() -> None:
        with imap.client(DESK) as client:
            client.append("Sent", answer)
            client.append("Sent", letter(8, sender="ann@private.example"))  # in no case

    await asyncio.to_thread(fill)
    async with reading(sent_folder="Sent") as desk:
        await desk.until(said(1))
        await desk.until(lambda c: len(c.scalars(select(states.c.key)).all()) == 2)
        await asyncio.to_thread(send)
        ours = select(messages.c.text).where(messages.c.author == "agent")
        await desk.until(lambda c: c.scalars(ours).all() == ["line 9"])
        await desk.until(lambda c: not waiting(c))
        (case,) = await desk.cases()
        assert (case.status, case.number) == ("pending", 1001)
    assert [seen for _, seen in kept(imap, "Sent")] == [False, False, False]


async def test_one_folder_that_is_missing_does_not_stop_another_and_is_named(
    imap: Dovecot, reading: Read
) -> None:
    await asyncio.to_thread(imap.deliver, [letter(1)], DESK)
    async with reading(folders=("INBOX", "Nowhere")) as desk:
        await desk.until(said(1))
        latest = desk.health.latest
        troubled = HealthState.TROUBLED
        await asyncio.to_thread(wait_for, lambda: latest[INBOX].state is troubled)
        assert latest[INBOX].detail.startswith("Nowhere: ")
