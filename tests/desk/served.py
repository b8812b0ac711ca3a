"""A desk served on loopback for tests: the real application and an agent in every role."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import CookieJar, web
from aiohttp.test_utils import BaseTestServer, TestClient, TestServer
from argon2 import PasswordHasher

from desk.agents.actions import AgentDraft, create_agent
from desk.agents.sign_in import Passwords
from desk.db.engine import Database
from desk.events.actors import SYSTEM
from desk.http import Role
from desk.kit.clock import FrozenClock
from desk.web.app import Shell, build_app
from desk.web.settings import WebSettings

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
PASSWORD = "correct horse battery"
CAST: Mapping[Role, tuple[str, str]] = {
    Role.AGENT: ("Alice", "alice@desk.example"),
    Role.SUPERVISOR: ("Sam", "sam@desk.example"),
    Role.ADMIN: ("Olga", "olga@desk.example"),
}

Client = TestClient[web.Request, Any]


def quick_passwords() -> Passwords:
    """Return a hasher whose cost is the least there is: tests sign in a lot."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class Served:
    """A running desk."""

    db: Database
    clock: FrozenClock
    app: web.Application
    server: BaseTestServer
    ids: dict[Role, int]
    _stack: AsyncExitStack = field(repr=False, default_factory=AsyncExitStack)

    async def nobody(self) -> Client:
        """Return a browser that has not signed in."""
        client: Client = TestClient(self.server, cookie_jar=CookieJar(unsafe=True))
        self._stack.push_async_callback(client.session.close)
        return client

    async def client(self, role: Role | None) -> Client:
        """Return a browser that is signed in as the one agent in `role`; None: as nobody."""
        client = await self.nobody()
        if role is not None:
            body = {"email": CAST[role][1], "password": PASSWORD}
            async with client.post("/api/v1/session", json=body) as reply:
                assert reply.status == 200, await reply.text()
        return client


async def hire_cast(db: Database, passwords: Passwords) -> dict[Role, int]:
    """Create an agent, a supervisor and an admin; return their ids."""
    stored = await passwords.hash(PASSWORD)
    drafts = {
        role: AgentDraft(email=email, name=name, role=role, password_hash=stored)
        for role, (name, email) in CAST.items()
    }
    return {
        role: await db.write(create_agent, draft, actor=SYSTEM, now=MONDAY)
        for role, draft in drafts.items()
    }


@asynccontextmanager
async def served(
    db: Database,
    shell: Shell | None = None,
    settings: WebSettings | None = None,
    *,
    ids: dict[Role, int] | None = None,
    prepare: Callable[[web.Application], None] = lambda app: None,
) -> AsyncIterator[Served]:
    """Run the application on a port of its own; `ids` are the cast of a desk that had one.

    `prepare` puts into the application what rooms take out of it (`call.get(KEY)`).
    """
    clock, passwords = FrozenClock(MONDAY), quick_passwords()
    hired = ids or await hire_cast(db, passwords)
    app = await asyncio.to_thread(
        build_app, db, clock, settings or WebSettings(), shell or Shell(), passwords=passwords
    )
    prepare(app)
    async with TestServer(app) as server, AsyncExitStack() as stack:
        yield Served(db, clock, app, server, hired, stack)
