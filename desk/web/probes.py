"""For those who run it: is it alive, is it ready, how is it doing."""

import asyncio

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import Connection, text

from desk.http import Call, Need, Role, Routes
from desk.kit import log
from desk.kit.errors import DeskError, Forbidden
from desk.reports.inboxes import inbox_work
from desk.web.meters import InboxMeters

routes = Routes()

REGISTRY: web.AppKey[CollectorRegistry] = web.AppKey("registry", CollectorRegistry)
INBOX_METERS: web.AppKey[InboxMeters] = web.AppKey("inbox_meters", InboxMeters)
DRAINING: web.AppKey[asyncio.Event] = web.AppKey("draining", asyncio.Event)

_READY_WITHIN_S = 2.0
_log = log.get(part="probes")
_LOOPBACK = frozenset({"127.0.0.1", "::1"})


@routes.get("/healthz", needs=Need.NOBODY)
async def healthz(call: Call) -> web.Response:
    """Say that the process answers."""
    return web.Response(text="alive\n")


@routes.get("/readyz", needs=Need.NOBODY)
async def readyz(call: Call) -> web.Response:
    """Say whether work may be sent here: the database answers and no stop has begun."""
    if call.get(DRAINING).is_set():
        return web.Response(status=503, text="stopping\n")
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            await call.db.read(_one)
    except (TimeoutError, DeskError, OSError) as trouble:
        _log.warning("database.silent", reason=str(trouble) or type(trouble).__name__)
        return web.Response(status=503, text="the database does not answer\n")
    return web.Response(text="ready\n")


@routes.get("/metrics", needs=Need.NOBODY)
async def metrics(call: Call) -> web.Response:
    """Return the meters for Prometheus: to an admin's token, or to this very machine."""
    near = call.request.remote in _LOOPBACK and hdrs.X_FORWARDED_FOR not in call.request.headers
    if not near and (call.who is None or call.who.role is not Role.ADMIN):
        raise Forbidden("Meters are shown to an admin's API token, or on this machine.")
    call.get(INBOX_METERS).show(await call.db.read(inbox_work, call.clock.now()))
    return web.Response(
        body=generate_latest(call.get(REGISTRY)), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST}
    )


def _one(c: Connection) -> None:
    c.execute(text("SELECT 1"))
