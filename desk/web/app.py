"""The web application: every room's routes inside one shell."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from aiohttp import web
from msgspec import Struct
from prometheus_client import CollectorRegistry

from desk.agents import api as agents_api
from desk.agents import pages as agents_pages
from desk.agents.doorkeeper import DOORKEEPER, Doorkeeper
from desk.agents.sign_in import SIGN_IN, Passwords, SignIn
from desk.db.engine import Database
from desk.events.log import Event
from desk.http.call import CLOCK, DATABASE, IDENTIFY, RENDER
from desk.http.routes import Route
from desk.http.serve import mount
from desk.http.services import AMENDING, CONNECTABLE, COPYING, ORIGINALS, UNDO_S
from desk.kit.clock import Clock
from desk.web import frames, front, live, probes, workspace
from desk.web.assets import Assets
from desk.web.feed import Feed
from desk.web.headers import SECURE, add_headers
from desk.web.meters import InboxMeters, metered
from desk.web.middleware import DOORS, middlewares
from desk.web.openapi import describe
from desk.web.settings import WebSettings
from desk.web.templates import Pages

_HERE = Path(__file__).parent
SHELL: tuple[Iterable[Route], ...] = (
    agents_api.routes,
    agents_pages.routes,
    live.routes,
    probes.routes,
    front.routes,
    workspace.routes,
    frames.routes,
)


class Shell(Struct, frozen=True, kw_only=True):
    """What the rooms bring into the shell. Folders are searched before the shell's own."""

    routes: Sequence[Iterable[Route]] = ()  # the rooms' tables
    doors: Sequence[web.AbstractRouteDef] = ()  # channels' own: no session opens or guards them
    templates: Sequence[Path] = ()
    static: Sequence[Path] = ()
    copying: frozenset[str] = frozenset()  # kinds of channel on which replies can be copied
    originals: Mapping[str, str] = {}  # kinds of channel whose payloads are files; their ending
    undo_s: Mapping[str, int] = {}  # how long a reply can be undone, by kind of channel
    amending: Mapping[str, tuple[str, ...]] = {}  # what can be done to what was sent, by kind
    connectable: frozenset[str] = frozenset()  # inboxes that an admin connects at a provider
    visible: live.Visible = live.visible_by_role
    registry: CollectorRegistry | None = None
    version: str = "0"
    heartbeat_s: float = 15.0


def build_app(
    db: Database,
    clock: Clock,
    settings: WebSettings,
    shell: Shell,
    *,
    passwords: Passwords | None = None,
) -> web.Application:
    """Return the application; running it follows the event log, stopping it ends the streams.

    It reads every template and static file: call it before the loop, or by `asyncio.to_thread`.
    Typed things the rooms need (`call.get(KEY)`) are set on it by the caller before it starts.
    """
    registry = shell.registry or CollectorRegistry()
    app = web.Application(
        middlewares=[metered(registry), *middlewares(settings)],
        client_max_size=settings.body_most_bytes,
    )
    tables = [*SHELL, *shell.routes]
    _keep(app, db, clock, settings, passwords or Passwords())
    _keep_feed(app, db, shell)
    assets = Assets([*shell.static, _HERE / "static"], reload=settings.reload)
    pages = Pages([*shell.templates, _HERE / "templates"], assets, settings)
    app[RENDER] = pages.render
    app[COPYING] = shell.copying
    app[UNDO_S] = shell.undo_s
    app[CONNECTABLE] = shell.connectable
    app[ORIGINALS] = shell.originals
    app[AMENDING] = shell.amending
    app[probes.REGISTRY] = registry
    app[probes.INBOX_METERS] = InboxMeters(registry)
    app[probes.DRAINING] = asyncio.Event()
    document = describe(tables, title=settings.product, version=shell.version)
    app[front.OPENAPI] = msgspec.json.encode(document)
    mount(app, tables)
    app.router.add_get("/static/{version}/{path:.+}", assets.serve)
    app[DOORS] = frozenset(app.add_routes(shell.doors))
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_drain)
    app.cleanup_ctx.append(_running)
    return app


def _keep(
    app: web.Application,
    db: Database,
    clock: Clock,
    settings: WebSettings,
    passwords: Passwords,
) -> None:
    keeper = Doorkeeper(db, clock, secure=settings.secure)
    app[DATABASE] = db
    app[CLOCK] = clock
    app[SECURE] = settings.secure
    app[DOORKEEPER] = keeper
    app[IDENTIFY] = keeper.identify
    app[SIGN_IN] = SignIn(db, clock, passwords)


def _keep_feed(app: web.Application, db: Database, shell: Shell) -> None:
    keeper = app[DOORKEEPER]

    def forget(event: Event) -> None:
        """Look an agent up anew whom another process may have signed out."""
        if event.kind.startswith("agent.") and isinstance(event.body.get("agent_id"), int):
            keeper.forget(event.body["agent_id"])

    app[live.FEED] = Feed(db, (forget,))
    app[live.VISIBLE] = shell.visible
    app[live.STREAMS] = {}
    app[live.HEARTBEAT_S] = shell.heartbeat_s


async def _running(app: web.Application) -> AsyncIterator[None]:
    feed = app[live.FEED]
    await feed.begin()
    following = asyncio.create_task(feed.run(), name="live feed")
    yield
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    app[SIGN_IN].passwords.close()


async def _drain(app: web.Application) -> None:
    app[probes.DRAINING].set()
    await live.close_streams(app)
