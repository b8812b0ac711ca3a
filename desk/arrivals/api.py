"""The quarantine over HTTP: see what could not be recorded and why, try again, discard."""

from msgspec import Struct

from desk.arrivals import actions, queries
from desk.arrivals.queries import Aside, AsideView
from desk.http.call import Call
from desk.http.cursors import Page, decode_cursor, encode_cursor
from desk.http.permissions import Need
from desk.http.replies import Download
from desk.http.routes import Routes

routes = Routes()

PAGE_SIZE = 50


class ListArrivals(Struct, frozen=True):
    """Which of those set aside, and where the page begins."""

    state: Aside = Aside.QUARANTINED
    after: str | None = None


@routes.get("/api/v1/arrivals/aside", needs=Need.ADMIN)
async def list_set_aside(call: Call, query: ListArrivals) -> Page[AsideView]:
    """Return payloads that were set aside, the newest first; the bytes are at …/{id}/raw."""
    return await page_of(call, query)


@routes.get("/api/v1/arrivals/{arrival}/raw", needs=Need.ADMIN)
async def raw(call: Call, arrival: int) -> Download:
    """Return a payload as it came."""
    row = await call.db.read(queries.fetch, arrival)
    return Download(f"arrival-{arrival}.bin", "application/octet-stream", row.raw)


@routes.post("/api/v1/arrivals/{arrival}/replay", needs=Need.ADMIN)
async def replay(call: Call, arrival: int) -> None:
    """Try a quarantined payload again."""
    await call.db.write(actions.replay, arrival, now=call.clock.now())


@routes.post("/api/v1/arrivals/{arrival}/discard", needs=Need.ADMIN)
async def discard(call: Call, arrival: int) -> None:
    """Give up on a payload that was set aside; its bytes stay in the journal."""
    await call.db.write(actions.discard, arrival, now=call.clock.now())


async def page_of(call: Call, query: ListArrivals) -> Page[AsideView]:
    """Return the page that `query` asks for."""
    before_id = decode_cursor(query.after, tuple[int])[0] if query.after else None
    most = PAGE_SIZE + 1
    rows = await call.db.read(queries.set_aside, query.state, before_id=before_id, limit=most)
    items = rows[:PAGE_SIZE]
    return Page(items, encode_cursor(items[-1].id) if len(rows) > PAGE_SIZE else None)
