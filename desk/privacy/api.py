"""Privacy over HTTP, for admins: archives, erasures, and how far they are."""

from typing import Annotated

from msgspec import Meta, Struct

from desk.http.call import Call
from desk.http.cursors import Page, decode_cursor, encode_cursor
from desk.http.permissions import Need
from desk.http.replies import Download
from desk.http.routes import Routes
from desk.http.services import BLOBS
from desk.kit.errors import NotFound
from desk.privacy import actions, queries
from desk.privacy.queries import PAGE, RequestView

routes = Routes()


class Older(Struct, frozen=True):
    """Where the page begins."""

    after: str | None = None


class Confirmed(Struct, frozen=True):
    """The customer's name, typed by who wants him erased."""

    name: Annotated[str, Meta(max_length=500)]


@routes.get("/api/v1/privacy/requests", needs=Need.ADMIN)
async def list_requests(call: Call, query: Older) -> Page[RequestView]:
    """Return archives and erasures, the newest first."""
    return await page_of(call, query)


@routes.post("/api/v1/customers/{customer}/archive", needs=Need.ADMIN, status=201)
async def ask_archive(call: Call, customer: int) -> RequestView:
    """Let an archive be made of all that is known of a customer."""
    me, now = call.agent.agent_id, call.clock.now()
    made = await call.db.write(actions.ask_archive, customer, agent_id=me, now=now)
    return await call.db.read(queries.one, made)


@routes.post("/api/v1/customers/{customer}/erasure", needs=Need.ADMIN, status=201)
async def ask_erasure(call: Call, customer: int, body: Confirmed) -> RequestView:
    """Let a customer be erased, in ten minutes; until then it can be called off."""
    me, now = call.agent.agent_id, call.clock.now()
    made = await call.db.write(actions.ask_erasure, customer, body.name, agent_id=me, now=now)
    return await call.db.read(queries.one, made)


@routes.delete("/api/v1/privacy/requests/{request}", needs=Need.ADMIN)
async def cancel(call: Call, request: int) -> None:
    """Call off what has not begun. 409 when it has."""
    await call.db.write(actions.cancel, request)


@routes.get("/api/v1/privacy/requests/{request}/archive", needs=Need.ADMIN)
async def fetch(call: Call, request: int) -> Download:
    """Return an archive as a zip file; it is kept for a week."""
    found = await call.db.read(queries.one, request)
    if found.blob is None:
        early = found.kind == "archive" and found.state == "waiting"
        raise NotFound("It is not ready yet." if early else "It has run out, or is no archive.")
    content = await call.get(BLOBS).get(found.blob)
    return Download(f"customer-{found.customer_id}.zip", "application/zip", content)


async def page_of(call: Call, query: Older) -> Page[RequestView]:
    """Return one page of requests."""
    before = decode_cursor(query.after, tuple[int])[0] if query.after else None
    rows = await call.db.read(queries.newest, before_id=before, limit=PAGE + 1)
    items = rows[:PAGE]
    return Page(items, encode_cursor(items[-1].id) if len(rows) > PAGE else None)
