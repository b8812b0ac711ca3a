"""The call a handler answers: who asks, the database, the clock, and what the program offers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from desk.http.permissions import Who
from desk.http.replies import Cookie, Html
from desk.kit.clock import Clock
from desk.kit.errors import NotSignedIn

if TYPE_CHECKING:
    from desk.db.engine import Database

T = TypeVar("T")

Identify = Callable[[web.Request], Awaitable[Who | None]]
Render = Callable[[web.Request, Html], str]

DATABASE: web.AppKey[Database] = web.AppKey("database")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
IDENTIFY: web.AppKey[Identify] = web.AppKey("identify")
RENDER: web.AppKey[Render] = web.AppKey("render")

WHO: web.RequestKey[Who | None] = web.RequestKey("who")  # once that is known


@dataclass(frozen=True)
class Call:
    """One request, with everything its handler may use."""

    request: web.Request
    db: Database
    clock: Clock
    who: Who | None
    cookies: list[Cookie] = field(default_factory=list)

    @property
    def agent(self) -> Who:
        """Return who calls, where the declaration guarantees that somebody does."""
        if self.who is None:
            raise NotSignedIn("Sign in first.")
        return self.who

    @property
    def address(self) -> str:
        """Return the caller's network address, for rate limits and the sessions list."""
        return self.request.remote or "unknown"

    def get(self, key: web.AppKey[T]) -> T:
        """Return what the program keeps under `key`."""
        return self.request.config_dict[key]

    def set_cookie(self, cookie: Cookie) -> None:
        """Send `cookie` with whatever the handler returns."""
        self.cookies.append(cookie)


def bearer(request: web.Request) -> str | None:
    """Return the bearer token a program sent, None when it sent none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
