"""Behind a real Postfix: nothing is lost while the desk is away, and bounces find their mail."""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.email.config import DoorProtocol, DoorSettings, EmailSettings, Security, SmtpSettings
from desk.db.engine import Database
from desk.db.open import open_database
from desk.kit.clock import SystemClock
from desk.messages.queries import MessageView
from desk.messages.tables import deliveries as sends
from tests.servers.conftest import DESK
from tests.servers.mail_desk import MailDesk, letter, texts
from tests.servers.postfix import GONE, Postfix, postfix
from tests.servers.process import free_port

MAILS, AWAY_S = 100, 12.0


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """The desk's own file, which another program can lock."""
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> MailDesk:
    """A desk with an LMTP door, not yet open."""
    door = DoorSettings(protocol=DoorProtocol.LMTP, port=free_port())
    smtp = SmtpSettings(host="127.0.0.1", port=free_port(), security=Security.PLAIN)
    settings = EmailSettings(address=DESK, name="Acme", door=door, smtp=smtp)
    found = MailDesk(database, SystemClock(), tmp_path, settings)
    await found.furnish()
    return found


@pytest.fixture
async def mta(desk: MailDesk, tmp_path: Path) -> AsyncIterator[Postfix]:
    """A Postfix that delivers to the desk's door."""
    ports = (desk.mail.settings.smtp.port, desk.mail.settings.door.port)
    server = postfix(tmp_path / "postfix", "acme.example", *ports)
    running = await asyncio.to_thread(server.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


def hold(path: str, seconds: float) -> None:
    """Keep a database file locked, as a backup or a stuck program does; blocks."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        other.execute("ROLLBACK")


def send_all(mta: Postfix) -> None:
    for number in range(MAILS):
        mta.send(letter(number), f"customer{number}@example.org", DESK)


@pytest.mark.timeout(120)
async def test_mails_that_come_while_the_database_is_away_all_arrive_once(
    desk: MailDesk, mta: Postfix, sqlite_url: str
) -> None:
    async with desk.working():
        away = asyncio.create_task(asyncio.to_thread(hold, sqlite_url, AWAY_S))
        await asyncio.to_thread(send_all, mta)
        await away
        wanted = Counter(f"line {number}" for number in range(MAILS))
        await desk.until(lambda c: Counter(texts(c)) == wanted, timeout_s=60)
    assert "451 4.3.0" in mta.log()


async def test_mails_that_come_while_the_desk_is_not_running_arrive_when_it_is(
    desk: MailDesk, mta: Postfix
) -> None:
    await asyncio.to_thread(mta.send, letter(1), "a@example.org", DESK)
    await asyncio.sleep(1.5)
    async with desk.working():
        await desk.until(lambda c: texts(c) == ["line 1"], timeout_s=20)
    assert "refused" in mta.log()


async def test_a_bounce_of_a_real_server_is_shown_on_the_message_it_is_about(
    desk: MailDesk, mta: Postfix
) -> None:
    async with desk.working():
        who = f"bob@{GONE}"
        await asyncio.to_thread(mta.send, letter(1, sender=who), who, DESK)
        await desk.until(lambda c: texts(c) == ["line 1"], timeout_s=20)
        (case,) = await desk.cases()
        await desk.answer(case.id, "Here is your answer.")
        failed = select(sends.c.id).where(sends.c.state == "failed")
        await desk.until(lambda c: c.scalars(failed).all(), timeout_s=30)
    lines = (await desk.detail()).timeline
    message = [one for one in lines if isinstance(one, MessageView)][-1]
    (send,) = message.deliveries
    assert send.reason.startswith("There is no such address. 5.1.1")
    (case,) = await desk.cases()
    assert f"Not delivered to {who}" in case.flag
    (identity,) = (await desk.detail()).customer.identities
    assert (identity.address, identity.reachable) == (who, False)
    assert b"Here is your answer." in await desk.blobs.get(send.sent_blob or "")
