"""An authorization server on loopback: consents, tokens that rotate, and what may go wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.email.config import OAuthSettings, Provider
from channels.email.oauth import Tokens


class OAuthServer:
    """Gives tokens named a1, a2 … and r1, r2 …; each refresh token works once."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []  # every form that came to the token address
        self.valid: set[str] = set()  # access tokens that mail servers may take
        self.lasts_s = 3600
        self.answer: tuple[int, dict[str, str]] | None = None  # instead of a token
        self._refresh = ""
        self._challenges: dict[str, str] = {}
        self._count = 0
        self.url = ""

    def settings(self, **changes: object) -> OAuthSettings:
        """Return how an inbox signs in here."""
        known = {
            "provider": Provider.CUSTOM,
            "client_id": "parley",
            "client_secret": "plain:a client secret",
            "authorize_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "scope": "mail offline_access",
        }
        return OAuthSettings(**(known | changes))  # type: ignore[arg-type]

    def consent(self, url: str) -> tuple[str, str]:
        """Say yes as the owner of the mailbox; return the code and the state."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        code = f"code-{len(self._challenges)}"
        self._challenges[code] = query["code_challenge"]
        return code, query["state"]

    async def token(self, request: web.Request) -> web.Response:
        """Answer as RFC 6749 has it."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append(form)
        if self.answer is not None:
            status, body = self.answer
            return web.json_response(body, status=status)
        if form.get("client_secret") != "a client secret" or not self._is_right(form):
            return web.json_response({"error": "invalid_grant"}, status=400)
        self._count += 1
        access, self._refresh = f"a{self._count}", f"r{self._count}"
        self.valid.add(access)
        given: dict[str, object] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.lasts_s,
        }
        if form["grant_type"] != "client_credentials":
            given["refresh_token"] = self._refresh
        return web.json_response(given)

    async def introspect(self, request: web.Request) -> web.Response:
        """Tell a mail server whose token it was given (RFC 7662)."""
        form = await request.post()
        token = str(form.get("token", ""))
        active = token in self.valid
        owner = {"username": "support@acme.example"} if active else {}
        return web.json_response({"active": active, **owner})

    def _is_right(self, form: dict[str, str]) -> bool:
        match form.get("grant_type"):
            case "authorization_code":
                known = self._challenges.pop(form.get("code", ""), None)
                return known is not None and len(form.get("code_verifier", "")) >= 43
            case "refresh_token":
                return bool(self._refresh) and form.get("refresh_token") == self._refresh
            case kind:
                return kind == "client_credentials"


@asynccontextmanager
async def oauth_server() -> AsyncIterator[OAuthServer]:
    """Run an authorization server while the context is open."""
    server = OAuthServer()
    app = web.Application()
    app.router.add_post("/token", server.token)
    app.router.add_post("/introspect", server.introspect)
    async with TestServer(app) as running:
        server.url = str(running.make_url("")).rstrip("/")
        yield server


async def connect(tokens: Tokens, server: OAuthServer) -> None:
    """Let an admin connect an account."""
    await tokens.connect(*server.consent(await tokens.consent_url()))
