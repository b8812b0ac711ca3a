"""Sign-in by OAuth: consent, tokens in time and once, what is kept, and what is refused."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiosmtpd.smtp import SMTP, AuthResult

from channels.email.channel import EmailChannel
from channels.email.config import EmailSettings, OAuthSettings, Provider, Security, SmtpSettings
from channels.email.oauth import Account, Tokens
from channels.sandbox.door import MemoryDoor
from desk.kit.clock import FrozenClock
from desk.kit.errors import ChannelBroken, ChannelBusy, Invalid
from desk.ports.optional import NeedsConsent
from tests.channels.email_world import DESK, KIT, channel, outbound, settings
from tests.channels.oauth_provider import OAuthServer, connect, oauth_server


@pytest.fixture
async def server() -> AsyncIterator[OAuthServer]:
    async with oauth_server() as running:
        yield running


@pytest.fixture
def desk(clock: FrozenClock) -> MemoryDoor:
    return MemoryDoor(clock)


def tokens_of(server: OAuthServer, clock: FrozenClock, desk: MemoryDoor, **more: object) -> Tokens:
    account = Account(
        settings=server.settings(**more),
        login=DESK,
        redirect_url="https://desk.example/oauth/email/support",
        secret=KIT.secret,
        inbox="support",
    )
    tokens = Tokens(account, clock)
    tokens.open(desk)
    return tokens


@pytest.fixture
def tokens(server: OAuthServer, clock: FrozenClock, desk: MemoryDoor) -> Tokens:
    return tokens_of(server, clock, desk)


async def test_an_account_is_connected_once_and_gives_tokens(
    tokens: Tokens, server: OAuthServer
) -> None:
    url = await tokens.consent_url()
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{server.url}/authorize?")
    assert query["redirect_uri"] == ["https://desk.example/oauth/email/support"]
    assert query["code_challenge_method"] == ["S256"]
    code, state = server.consent(url)
    await tokens.connect(code, state)
    assert await tokens.access() == "a1"
    with pytest.raises(Invalid, match="Nobody here asked"):
        await tokens.connect(code, state)


async def test_an_answer_that_nobody_asked_for_is_refused(
    tokens: Tokens, server: OAuthServer, clock: FrozenClock
) -> None:
    with pytest.raises(Invalid, match="Nobody here asked"):
        await tokens.connect("code", "state")
    code, state = server.consent(await tokens.consent_url())
    with pytest.raises(Invalid, match="Nobody here asked"):
        await tokens.connect(code, f"{state}x")
    clock.advance(timedelta(minutes=16))
    with pytest.raises(Invalid, match="longer than 15 minutes"):
        await tokens.connect(code, state)
    assert server.asked == []


async def test_a_token_is_renewed_five_minutes_before_it_runs_out(
    tokens: Tokens, server: OAuthServer, clock: FrozenClock
) -> None:
    await connect(tokens, server)
    clock.advance(timedelta(minutes=54))
    assert await tokens.access() == "a1"
    clock.advance(timedelta(minutes=2))
    assert await tokens.access() == "a2"
    clock.advance(timedelta(minutes=56))
    assert await tokens.access() == "a3"  # by the refresh token that came with the second
    assert [form.get("refresh_token") for form in server.asked[1:]] == ["r1", "r2"]


async def test_many_who_need_a_token_at_once_cause_one_renewal(
    server: OAuthServer, clock: FrozenClock, desk: MemoryDoor
) -> None:
    first, second = tokens_of(server, clock, desk), tokens_of(server, clock, desk)  # two processes
    await connect(first, server)
    clock.advance(timedelta(hours=1))
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(one.access()) for one in (first, second) for _ in range(10)]
    assert {one.result() for one in asked} == {"a2"}
    assert len(server.asked) == 2


async def test_a_consent_withdrawn_is_told_once_and_asked_for_no_more(
    tokens: Tokens, server: OAuthServer, clock: FrozenClock, desk: MemoryDoor
) -> None:
    await connect(tokens, server)
    clock.advance(timedelta(hours=1))
    server.answer = (400, {"error": "invalid_grant", "error_description": "Token revoked"})
    with pytest.raises(ChannelBroken, match=r"an admin connects it at Inboxes.*Token revoked"):
        await tokens.access()
    asked = len(server.asked)
    another = tokens_of(server, clock, desk)
    for one in (tokens, another):
        with pytest.raises(ChannelBroken, match="is not connected"):
            await one.access()
    assert len(server.asked) == asked
    server.answer = None
    await connect(tokens, server)
    assert await another.access() == "a2"


@pytest.mark.parametrize("status", [500, 429, 302])
async def test_a_provider_in_trouble_is_asked_again_later(
    tokens: Tokens, server: OAuthServer, clock: FrozenClock, status: int
) -> None:
    await connect(tokens, server)
    clock.advance(timedelta(hours=1))
    server.answer = (status, {"error": "temporarily_unavailable"})
    with pytest.raises(ChannelBusy):
        await tokens.access()
    server.answer = None
    assert await tokens.access() == "a2"


async def test_a_provider_that_cannot_be_reached_is_asked_again_later(
    server: OAuthServer, clock: FrozenClock, desk: MemoryDoor
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/token"
        tokens = tokens_of(server, clock, desk, token_url=nobody, app_only=True)
        with pytest.raises(ChannelBusy, match="cannot be asked"):
            await tokens.access()


async def test_an_application_signs_in_for_itself(
    server: OAuthServer, clock: FrozenClock, desk: MemoryDoor
) -> None:
    tokens = tokens_of(server, clock, desk, app_only=True)
    assert await tokens.access() == "a1"
    assert server.asked[0]["grant_type"] == "client_credentials"


async def test_what_is_kept_can_be_read_with_the_desks_secret_only(
    tokens: Tokens, server: OAuthServer, desk: MemoryDoor, clock: FrozenClock
) -> None:
    await connect(tokens, server)
    kept = b"".join(desk.state.values())
    assert kept
    assert b"refresh_token" not in kept
    account = Account(
        settings=server.settings(), login=DESK, redirect_url="", secret="another", inbox="support"
    )
    stranger = Tokens(account, clock)
    stranger.open(desk)
    with pytest.raises(ChannelBroken, match="is not connected"):
        await stranger.access()


@pytest.mark.parametrize(
    ("oauth", "consent", "tokens", "scope"),
    [
        (
            OAuthSettings(provider=Provider.GOOGLE, client_id="x"),
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token",
            "https://mail.google.com/",
        ),
        (
            OAuthSettings(provider=Provider.MICROSOFT, client_id="x", tenant="acme.example"),
            "https://login.microsoftonline.com/acme.example/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/acme.example/oauth2/v2.0/token",
            "https://outlook.office.com/IMAP.AccessAsUser.All "
            "https://outlook.office.com/SMTP.Send offline_access",
        ),
        (
            OAuthSettings(provider=Provider.MICROSOFT, client_id="x", app_only=True),
            "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            "https://outlook.office365.com/.default",
        ),
    ],
)
def test_the_providers_addresses_are_known(
    oauth: OAuthSettings, consent: str, tokens: str, scope: str
) -> None:
    assert (oauth.consent_at, oauth.tokens_at, oauth.scopes) == (consent, tokens, scope)


def test_a_provider_of_ones_own_needs_its_address() -> None:
    with pytest.raises(Invalid, match="token_url"):
        EmailSettings(oauth=OAuthSettings(provider=Provider.CUSTOM, client_id="x"))


class MailServer:
    """An SMTP server that takes tokens; it remembers which it was shown."""

    def __init__(self, server: OAuthServer) -> None:
        self.server = server
        self.shown: list[str] = []
        self.mails: list[bytes] = []

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """Look at a token; an error is a challenge that is answered with an empty line."""
        said = base64.b64decode(args[1]).decode()
        self.shown.append(said.partition("auth=Bearer ")[2].strip("\x01"))
        if self.shown[-1] in self.server.valid:
            return AuthResult(success=True, auth_data=said)
        assert await server.challenge_auth("eyJzdGF0dXMiOiI0MDEifQ==", encode_to_b64=False) == b""
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """Keep a mail."""
        self.mails.append(getattr(envelope, "original_content", b""))
        return "250 OK"


@asynccontextmanager
async def mail_server(server: OAuthServer) -> AsyncIterator[tuple[MailServer, int]]:
    """Run an SMTP server that takes tokens."""
    handler = MailServer(server)
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(handler, auth_require_tls=False, loop=loop, hostname="mx.example")

    listening = await loop.create_server(protocol, "127.0.0.1", 0)
    async with listening:
        yield handler, listening.sockets[0].getsockname()[1]


def inbox(server: OAuthServer, port: int) -> EmailChannel:
    smtp = SmtpSettings(host="127.0.0.1", port=port, security=Security.PLAIN)
    return channel(settings(None, smtp=smtp, oauth=server.settings()))


async def test_a_mail_is_sent_by_a_token_and_a_refused_one_is_renewed_once(
    server: OAuthServer,
) -> None:
    async with mail_server(server) as (mx, port):
        one, desk = inbox(server, port), MemoryDoor(KIT.clock)
        assert isinstance(one, NeedsConsent)
        assert one.needs_consent
        assert one.tokens is not None
        async with one.run(desk):
            await connect(one.tokens, server)
            await one.send(outbound(), 0)
            await one.send(outbound(), 0)  # over the same connection
            assert mx.shown == ["a1"]
        server.valid.clear()  # withdrawn before its time
        async with one.run(desk):
            await one.send(outbound(), 0)
            assert mx.shown == ["a1", "a1", "a2"]
            assert len(mx.mails) == 3
        server.answer = (200, {"access_token": "worthless"})
        server.valid.clear()
        async with one.run(desk):
            with pytest.raises(ChannelBroken, match="refuses the sign-in"):
                await one.send(outbound(), 0)
            assert mx.shown[3:] == ["a2", "worthless"]


async def test_the_consent_comes_back_to_the_inbox_and_leads_on(server: OAuthServer) -> None:
    one = inbox(server, 1)
    app = web.Application()
    for way in one.http_doors():
        app.router.add_route(way.method, way.path, way.handler)
    async with one.run(MemoryDoor(KIT.clock)), TestClient(TestServer(app)) as browser:
        code, state = server.consent(await one.consent_url())
        path = "/oauth/email/support"
        async with browser.get(path, params={"error": "access_denied"}) as reply:
            assert (reply.status, "access_denied" in await reply.text()) == (400, True)
        async with browser.get(path, params={"code": code, "state": "guessed"}) as reply:
            assert reply.status == 422
        right = {"code": code, "state": state}
        async with browser.get(path, params=right, allow_redirects=False) as reply:
            assert (reply.status, reply.headers["Location"]) == (
                303,
                "https://desk.example/inboxes",
            )
        assert one.tokens is not None
        assert await one.tokens.access() == "a1"


async def test_an_inbox_with_a_password_is_not_connected_in_the_browser() -> None:
    one = channel(settings())
    assert not one.needs_consent
    assert not any(way.path.startswith("/oauth") for way in one.http_doors())
    with pytest.raises(Invalid):
        await one.consent_url()
