"""The front door: where `/` leads, and the API's description of itself."""

from collections.abc import Iterable
from typing import Literal

import msgspec
from aiohttp import web
from msgspec import Struct

from desk.agents.rules import safe_next
from desk.http import Call, Cookie, Need, Redirect, Routes
from desk.http.routes import Route
from desk.web.headers import SECURE
from desk.web.openapi import describe
from desk.web.templates import THEME_COOKIE

HOME = "/workspace"
_YEAR_S = 365 * 86_400


class ThemeForm(Struct, frozen=True):
    """Light or dark, and the page to go back to."""

    theme: Literal["light", "dark", "auto"]
    next: str = "/"


def front_routes(tables: Iterable[Iterable[Route]], *, title: str, version: str) -> Routes:
    """Return the shell's own addresses; the description covers `tables`."""
    routes = Routes()
    document = msgspec.json.encode(describe(tables, title=title, version=version))

    @routes.page("/", needs=Need.NOBODY)
    async def front(call: Call) -> Redirect:
        """Lead agents to their work and others to the door."""
        return Redirect(HOME if call.who else "/sign-in")

    @routes.get("/api/v1/openapi.json", needs=Need.NOBODY)
    async def openapi(call: Call) -> web.Response:
        """Describe this API as OpenAPI 3.1."""
        return web.Response(body=document, content_type="application/json")

    routes.form("/theme", needs=Need.NOBODY)(choose_theme)
    return routes


async def choose_theme(call: Call, body: ThemeForm) -> Redirect:
    """Remember in this browser whether pages are light or dark."""
    secure = call.request.config_dict[SECURE]
    call.set_cookie(Cookie(THEME_COOKIE, body.theme, _YEAR_S, secure))
    return Redirect(safe_next(body.next))
