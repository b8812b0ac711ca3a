"""Declared routes put into an application: permission first, then types, then the handler."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from desk.http.call import CLOCK, DATABASE, IDENTIFY, RENDER, WHO, Call
from desk.http.decode import fields_as, form_fields, json_body, path_value
from desk.http.permissions import Need, permits
from desk.http.replies import Cookie, Download, Html, Redirect
from desk.http.routes import Kind, Route
from desk.kit.errors import Forbidden, NotSignedIn

ROUTE = "parley_route"  # where a mounted handler carries its declaration
STRANGERS_SEND_BYTES = 64 * 1024  # at most: a form, not a file

_MIME = re.compile(r"[\w.+-]+/[\w.+-]+(; ?charset=[\w-]+)?", re.ASCII)


def mount(app: web.Application, tables: Iterable[Iterable[Route]]) -> None:
    """Add every declared route to `app`, which must hold DATABASE, CLOCK, IDENTIFY and RENDER.

    Raises:
        ValueError: two rooms claim the same method and address.
    """
    claimed: set[tuple[str, str]] = set()
    for route in (route for table in tables for route in table):
        if (route.method, route.path) in claimed:
            raise ValueError(f"{route.method} {route.path} is declared twice")
        claimed.add((route.method, route.path))
        app.router.add_route(route.method, route.path, _answerer(route))
        if route.kind is Kind.PAGE:  # link previews and monitors ask for the head alone
            app.router.add_route("HEAD", route.path, _answerer(route))


def route_of(request: web.Request) -> Route | None:
    """Return the declaration that answers `request`; None for doors and unknown addresses."""
    found: Route | None = getattr(request.match_info.handler, ROUTE, None)
    return found


def _answerer(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        call = await _admitted(request, route.needs)
        arguments = await _arguments(_bounded(request, route), route)
        result = await route.handler(call, **arguments)
        return _response(call, route, result)

    setattr(answer, ROUTE, route)
    return answer


async def _admitted(request: web.Request, needs: Need) -> Call:
    """Return the call, when its caller may make it.

    Raises:
        NotSignedIn, Forbidden: before anything of the request was read.
    """
    held = request.config_dict
    who = await held[IDENTIFY](request)
    if not permits(who.role if who else None, needs):
        if who is None:
            raise NotSignedIn("Sign in first.")
        raise Forbidden(f"This needs the role {needs}; yours is {who.role}.")
    request[WHO] = who
    return Call(request, held[DATABASE], held[CLOCK], who)


def _bounded(request: web.Request, route: Route) -> web.Request:
    """Return `request` as one whose body may be no longer than its sender deserves."""
    if route.needs is not Need.NOBODY or route.takes_files:
        return request
    most = min(STRANGERS_SEND_BYTES, request.client_max_size or STRANGERS_SEND_BYTES)
    return request.clone(client_max_size=most)


async def _arguments(request: web.Request, route: Route) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        name: path_value(request.match_info[name], kind) for name, kind in route.path_types.items()
    }
    if route.query is not None:
        arguments["query"] = fields_as(request.query.items(), route.query)
    if route.kind is Kind.FORM or route.takes_files:
        texts, files = await form_fields(request)
        if route.body is not None:
            arguments["body"] = fields_as(texts, route.body)
        if route.takes_files:
            arguments["files"] = files
    elif route.body is not None:
        arguments["body"] = await json_body(request, route.body)
    return arguments


def _response(call: Call, route: Route, result: Any) -> web.StreamResponse:
    response = _written(call, route, result)
    for cookie in call.cookies:
        _set(response, cookie)
    return response


def _written(call: Call, route: Route, result: Any) -> web.StreamResponse:
    if isinstance(result, web.StreamResponse):
        return result
    if isinstance(result, Html):
        return html(call.request, result)
    if isinstance(result, Redirect):
        return web.Response(status=result.status, headers={"Location": result.url})
    if isinstance(result, Download):
        return _saved(result)
    if result is None and route.status == 204:
        return web.Response(status=204)
    return web.Response(
        body=msgspec.json.encode(result), status=route.status, content_type="application/json"
    )


def _saved(file: Download) -> web.Response:
    """Return a file to be saved; its name and kind may be what a stranger said they are."""
    name = quote(file.name, safe="", errors="replace")
    mime = file.mime if _MIME.fullmatch(file.mime) else "application/octet-stream"
    return web.Response(
        body=file.content,
        headers={
            "Content-Type": mime,
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        },
    )


def html(request: web.Request, page: Html) -> web.Response:
    """Return `page` rendered by the application's templates."""
    return web.Response(
        text=request.config_dict[RENDER](request, page),
        status=page.status,
        headers=dict(page.headers),
        content_type="text/html",
    )


def _set(response: web.StreamResponse, cookie: Cookie) -> None:
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age_s if cookie.value else 0,
        path="/",
        secure=cookie.secure,
        httponly=True,
        samesite="Lax",
    )
