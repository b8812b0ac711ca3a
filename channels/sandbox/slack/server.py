"""The sandbox's Slack on a loopback port: one object to start, with its people and its faults."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from channels.sandbox.slack.events import Answer, Events
from channels.sandbox.slack.faults import Fault, Faults
from channels.sandbox.slack.methods import Methods
from channels.sandbox.slack.person import SlackPerson
from channels.sandbox.slack.pushes import Pushes
from channels.sandbox.slack.sockets import Sockets
from channels.sandbox.slack.views import Views
from channels.sandbox.slack.workspace import (
    BOT_PERSON,
    TEAM,
    Json,
    Profile,
    Refused,
    Workspace,
)
from desk.kit.clock import Clock
from desk.kit.meter import RateLimit

_SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>"
_MAX_BODY_BYTES = 64 * 1024 * 1024


class SlackSandbox:
    """One workspace with one app in it. `async with` starts and ends it.

    Events travel by Socket Mode; after `push_to(url)` they are posted there, signed. Waits
    between redeliveries are Slack's, times `time_scale`. The tokens are the plain words below.
    A desk that outlives its sandbox remembers the ids it has seen: `numbers_from` begins above.
    """

    bot_token = "xoxb-sandbox"  # noqa: S105  the sandbox guards nothing
    app_token = "xapp-sandbox"  # noqa: S105
    signing_secret = "sandbox-signing-secret"  # noqa: S105
    team = TEAM
    bot_person = BOT_PERSON

    def __init__(
        self, clock: Clock, *, port: int = 0, time_scale: float = 1.0, numbers_from: int = 0
    ) -> None:
        self.workspace = Workspace(clock, numbers_from)
        self.sockets = Sockets(redeliver_s=3.0 * time_scale)
        self.pushes: Pushes | None = None
        self.faults = Faults()
        self.calls: list[tuple[str, Json]] = []  # every Web API call, in order
        self.rate_limited = False  # one message a second per channel, as Slack allows
        self.revoked = False
        self.seen_at = ""  # host:port of a proxy through which the app comes; "" without one
        self.events = Events(self.workspace, self._carry, self.ring)
        self.views = Views(self.workspace)
        self.methods = Methods(self.workspace, self.events, self.views, lambda: self.base)
        self._clock = clock
        self._port = port
        self._time_scale = time_scale
        self._bell = asyncio.Event()
        self._limit = RateLimit(per_s=1.0, burst=3)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link", self.sockets.serve)
        app.router.add_get("/files/{id}/download", self._download)
        app.router.add_post("/upload/{id}", self._upload)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.sockets.close()
        if self.pushes is not None:
            await self.pushes.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def base(self) -> str:
        """Where the sandbox is served, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_base(self) -> str:
        """What the channel's `api_base` setting takes."""
        return f"{self.base}/api/"

    def person(
        self, person_id: str, name: str, *, team: str = TEAM, email: str | None = None
    ) -> SlackPerson:
        """Return the person with this id (`U…`), who joins the workspace when he is new."""
        profile = self.workspace.people.setdefault(
            person_id, Profile(person_id, name, team=team, email=email)
        )
        return SlackPerson(self, profile)

    def channel(self, channel_id: str, name: str, *, shared: bool = False) -> str:
        """Make a channel (`C…`) with the app in it; `shared` as by Slack Connect."""
        return self.workspace.channel(channel_id, name, shared=shared).id

    def push_to(self, url: str) -> Pushes:
        """Post events to `url` from now on, instead of sending them by socket."""
        secret, scale = self.signing_secret, self._time_scale
        self.pushes = Pushes(url, secret=secret, clock=self._clock, scale=scale)
        return self.pushes

    def fail(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` calls of `method` (`*` for any) meet `fault`."""
        self.faults.add(method, fault, times)

    def ring(self) -> None:
        """Tell whoever waits that the workspace changed."""
        self._bell.set()
        self._bell = asyncio.Event()

    async def changed(self) -> None:
        """Return after the next change of the workspace."""
        await self._bell.wait()

    def _carry(self, kind: str, payload: Json, answer: Answer | None = None) -> None:
        (self.pushes or self.sockets).carry(kind, payload, answer)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await _arguments(request)
        token = _token(request, args)
        self.calls.append((method, args))
        fault = self.faults.take(method)
        if fault is None:
            return self._answered(method, args, token)
        await asyncio.sleep(fault.wait_s)
        if fault.after:
            self._answered(method, args, token)
        return self._faulty(request, fault) or self._answered(method, args, token, fault.warning)

    def _faulty(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        if fault.drop and request.transport is not None:
            request.transport.abort()
            return web.Response()
        if fault.html:
            return web.Response(text=_SIGN_IN, content_type="text/html")
        if fault.retry_after_s is not None:
            return _limited(fault.retry_after_s)
        if fault.status is not None:
            return web.Response(status=fault.status, text="trouble")
        return _told({"ok": False, "error": fault.error}) if fault.error else None

    def _answered(
        self, method: str, args: Json, token: str, warning: str | None = None
    ) -> web.Response:
        try:
            if method == "apps.connections.open":
                return _told({"ok": True, "url": self._socket_url(token)})
            self._admit(token)
            if method == "chat.postMessage" and self._too_fast(args):
                return _limited(1)
            answer = {"ok": True, **self.methods.answer(method, args)}
        except Refused as refused:
            return _told({"ok": False, "error": refused.error, **refused.more})
        except (ValueError, KeyError, AttributeError):
            return _told({"ok": False, "error": "invalid_arguments"})
        self.ring()
        told = answer | ({"warning": warning} if warning else {})
        return _told(told, {"X-OAuth-Scopes": ",".join(sorted(self.methods.scopes))})

    def _admit(self, token: str) -> None:
        if self.revoked:
            raise Refused("token_revoked")
        if token != self.bot_token:
            raise Refused("invalid_auth" if token else "not_authed")

    def _socket_url(self, token: str) -> str:
        if token != self.app_token:
            wrong = token == self.bot_token
            raise Refused("not_allowed_token_type" if wrong else "invalid_auth")
        host = self.seen_at or f"127.0.0.1:{self._port}"
        return f"ws://{host}/link?ticket={self.sockets.ticket()}"

    def _too_fast(self, args: Json) -> bool:
        now_s = asyncio.get_running_loop().time()
        return self.rate_limited and self._limit.wait_s(str(args.get("channel")), now_s) > 0

    async def _download(self, request: web.Request) -> web.Response:
        file = self.workspace.files.get(request.match_info["id"])
        if request.headers.get("Authorization") != f"Bearer {self.bot_token}" or self.revoked:
            return web.Response(text=_SIGN_IN, content_type="text/html")
        if file is None:
            return web.Response(status=404)
        return web.Response(body=file.content, content_type=file.mime)

    async def _upload(self, request: web.Request) -> web.Response:
        content = await request.read()
        taken = self.methods.uploaded(request.match_info["id"], content)
        return web.Response(status=200 if taken else 404, text=f"OK - {len(content)}")


async def _arguments(request: web.Request) -> Json:
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            given = json.loads(await request.read() or b"{}")
        except ValueError:
            return args
        return args | given if isinstance(given, dict) else args
    return args | {key: str(value) for key, value in (await request.post()).items()}


def _token(request: web.Request, args: Json) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else str(args.get("token", ""))


def _told(answer: Json, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(answer, headers=headers)


def _limited(retry_after_s: int) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(retry_after_s)})
