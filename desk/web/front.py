"""The front door: where `/` leads, light or dark, and the API's description of itself."""

from typing import Literal

from aiohttp import web
from msgspec import Struct

from desk.agents.rules import safe_next
from desk.http import Call, Cookie, Need, Redirect, Routes
from desk.web.headers import SECURE
from desk.web.templates import THEME_COOKIE

routes = Routes()

HOME = "/workspace"
OPENAPI: web.AppKey[bytes] = web.AppKey("openapi", bytes)

_YEAR_S = 365 * 86_400


class ThemeForm(Struct, frozen=True):
    """Light or dark, and the page to go back to."""

    theme: Literal["light", "dark", "auto"]
    next: str = "/"


@routes.page("/", needs=Need.NOBODY)
async def front(call: Call) -> Redirect:
    """Lead agents to their work and others to the door."""
    return Redirect(HOME if call.who else "/sign-in")


@routes.form("/theme", needs=Need.NOBODY)
async def choose_theme(call: Call, body: ThemeForm) -> Redirect:
    """Remember in this browser whether pages are light or dark."""
    call.set_cookie(Cookie(THEME_COOKIE, body.theme, _YEAR_S, call.get(SECURE)))
    return Redirect(safe_next(body.next))


@routes.get("/api/v1/openapi.json", needs=Need.NOBODY)
async def openapi(call: Call) -> web.Response:
    """Describe this API as OpenAPI 3.1."""
    return web.Response(body=call.get(OPENAPI), content_type="application/json")
