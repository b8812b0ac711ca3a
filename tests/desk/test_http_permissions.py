"""Every route of every room as every role: what is declared is what is enforced."""

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import product
from types import ModuleType
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import desk
import knowledge
from desk.db.engine import Database
from desk.http import Call, Need, Role, Who, permits
from desk.http.call import CLOCK, DATABASE, IDENTIFY, RENDER
from desk.http.routes import Kind, Route, Routes
from desk.http.serve import mount
from desk.kit.clock import SystemClock
from desk.web.app import SHELL
from desk.web.middleware import DOORS, identified, problems

# What anybody in the world may change, with the reason; whoever adds a line says why.
OPEN_WRITES = {
    "POST /api/v1/session": "signs in",
    "POST /sign-in": "signs in",
    "POST /sign-in/link/{token}": "signs in by a link that is a secret",
    "POST /sign-out": "ends the caller's own session, if there is one",
    "POST /help/{slug}/feedback": "says whether an article helped",
    "POST /notices/stop/{token}": "stops letters to the agent whom the signed token names",
    "POST /rate/{token}": "keeps the score of the customer whom the signed token was sent to",
    "POST /rate/{token}/stop": "ends being asked for the handle that the signed token names",
    "POST /theme": "sets a cookie of the caller's browser",
}
ROLES: tuple[Role | None, ...] = (None, *Role)


def room_modules(*packages: ModuleType) -> Iterator[ModuleType]:
    """Import every api.py and pages.py below `packages`."""
    for package in packages:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.rpartition(".")[2] in ("api", "pages"):
                yield importlib.import_module(found.name)


def declared() -> list[Route]:
    """Return every route of every room and of the shell, once."""
    rooms = [module.routes for module in room_modules(desk, knowledge) if hasattr(module, "routes")]
    tables: Iterable[Iterable[Route]] = [*SHELL, *rooms]
    found = {id(route): route for table in tables for route in table}
    return list(found.values())


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture
async def doors() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """Every declared address with its declared need, and a handler that only says "reached"."""

    async def reached(call: Call) -> str:
        return "reached"

    async def identify(request: web.Request) -> Who | None:
        role = request.headers.get("X-Role")
        return Who(1, "Alice", Role(role)) if role else None

    app = web.Application(middlewares=[identified, problems])
    app[DATABASE] = cast(Database, None)  # nothing behind the doors looks at it
    app[CLOCK] = SystemClock()
    app[IDENTIFY] = identify
    app[RENDER] = lambda request, page: page.template
    app[DOORS] = frozenset()
    mount(app, [[_emptied(route, reached) for route in declared()]])
    async with TestClient(TestServer(app)) as client:
        yield client


def _emptied(route: Route, handler: Callable[..., Awaitable[str]]) -> Route:
    return dataclasses.replace(
        route, handler=handler, path_types={}, query=None, body=None, takes_files=False, status=200
    )


async def test_every_route_lets_in_whom_it_declares_and_nobody_else(
    doors: TestClient[web.Request, web.Application],
) -> None:
    wrong = []
    for route, role in product(declared(), ROLES):
        path = re.sub(r"\{\w+(?::[^}]+)?\}", "1", route.path)
        headers = {"X-Role": role.value} if role else {}
        async with doors.request(
            route.method, path, headers=headers, allow_redirects=False
        ) as reply:
            if reply.status != _expected(route, role):
                wrong.append((name_of(route), role, reply.status))
    assert not wrong


def test_what_changes_something_needs_somebody() -> None:
    open_writes = {
        name_of(route)
        for route in declared()
        if route.method != "GET" and route.needs is Need.NOBODY
    }
    assert open_writes <= OPEN_WRITES.keys()


def test_no_address_is_declared_twice() -> None:
    names = [name_of(route) for route in declared()]
    assert len(names) == len(set(names))


def test_a_higher_role_may_whatever_a_lower_may() -> None:
    for need in Need:
        allowed = [permits(role, need) for role in ROLES]
        assert allowed == sorted(allowed)
    assert permits(None, Need.NOBODY)
    assert not permits(None, Need.AGENT)
    assert not permits(Role.AGENT, Need.SUPERVISOR)
    assert not permits(Role.SUPERVISOR, Need.ADMIN)


def test_a_page_and_an_api_route_are_told_apart() -> None:
    table = Routes()

    @table.page("/x", needs=Need.NOBODY)
    async def page(call: Call) -> str:
        return ""

    assert [route.kind for route in table] == [Kind.PAGE]


def _expected(route: Route, role: Role | None) -> int:
    if permits(role, route.needs):
        return 200
    if role is not None:
        return 403
    return 401 if route.kind is Kind.API else 303
