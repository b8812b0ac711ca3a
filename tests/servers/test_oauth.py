"""A real Dovecot that takes tokens: read by OAuth, told when the consent is gone, back after."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.email.config import EmailSettings
from desk.db.engine import Database
from desk.db.open import open_database
from desk.kit.clock import SystemClock
from desk.ports.channel import HealthState
from tests.bot.paper_desk import INBOX
from tests.channels.oauth_provider import OAuthServer, connect, oauth_server
from tests.servers.conftest import DESK
from tests.servers.dovecot import Dovecot, dovecot
from tests.servers.mail_desk import MailDesk, letter, texts


@pytest.fixture
async def provider() -> AsyncIterator[OAuthServer]:
    async with oauth_server() as running:
        yield running


@pytest.fixture(params=["xoauth2", "oauthbearer"])
async def mailbox(
    provider: OAuthServer, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Dovecot]:
    """A Dovecot that asks the provider whose a token is."""
    where = f"{provider.url}/introspect"
    server = dovecot(tmp_path / "dovecot", [DESK], tokens_at=where, mechanism=request.param)
    running = await asyncio.to_thread(server.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()


async def health(desk: MailDesk, state: HealthState, words: str = "") -> None:
    async with asyncio.timeout(40):
        while True:
            told = desk.health.latest.get(INBOX)
            if told is not None and told.state is state and words in told.detail:
                return
            await asyncio.sleep(0.05)


async def test_a_mailbox_is_read_by_tokens_as_long_as_its_owner_allows_it(
    provider: OAuthServer, mailbox: Dovecot, database: Database, tmp_path: Path
) -> None:
    imap = mailbox.settings(password="")
    settings = EmailSettings(address=DESK, imap=imap, oauth=provider.settings())
    desk = MailDesk(database, SystemClock(), tmp_path, settings)
    await desk.furnish()
    tokens = desk.mail.tokens
    assert tokens is not None
    await asyncio.to_thread(mailbox.deliver, [letter(1)], DESK)
    async with desk.working():
        await health(desk, HealthState.BROKEN, "an admin connects it at Inboxes")
        await connect(tokens, provider)  # nobody has to start anything again
        await desk.until(lambda c: texts(c) == ["line 1"], timeout_s=40)
    provider.valid.clear()  # the token is withdrawn, the consent is not
    await asyncio.to_thread(mailbox.deliver, [letter(2)], DESK)
    async with desk.working():
        await desk.until(lambda c: texts(c) == ["line 1", "line 2"], timeout_s=40)
    assert len(provider.asked) == 2
    provider.valid.clear()
    provider.answer = (400, {"error": "invalid_grant"})
    await asyncio.to_thread(mailbox.deliver, [letter(3)], DESK)
    async with desk.working():
        await health(desk, HealthState.BROKEN, "invalid_grant")
        provider.answer = None
        await connect(tokens, provider)
        await desk.until(lambda c: len(texts(c)) == 3, timeout_s=40)
