"""The quarantine over HTTP: see what could not be recorded and why, try again, discard."""

from datetime import datetime

from msgspec import Struct

from desk.arrivals import actions, queries
from desk.http.call import Call
from desk.http.cursors import Page, decode_cursor, encode_cursor
from desk.http.permissions import Need
from desk.http.replies import Download
from desk.http.routes import Routes

routes = Routes()

PAGE_SIZE = 50


class Quarantined(Struct, frozen=True, kw_only=True):
    """A payload set aside; its raw bytes are at /api/v1/arrivals/{id}/raw."""

    id: int
    inbox: str
    tries: int
    reason: str
    size_bytes: int
    received_at: datetime


class ListArrivals(Struct, frozen=True):
    """A page of the quarantine."""

    after: str | None = None


@routes.get("/api/v1/arrivals/quarantined", needs=Need.ADMIN)
async def list_quarantined(call: Call, query: ListArrivals) -> Page[Quarantined]:
    """Return quarantined payloads, the newest first."""
    before_id = decode_cursor(query.after, tuple[int])[0] if query.after else None
    rows = await call.db.read(queries.quarantined, before_id=before_id, limit=PAGE_SIZE + 1)
    items = [
        Quarantined(
            id=row.id,
            inbox=row.inbox,
            tries=row.tries,
            reason=row.reason,
            size_bytes=len(row.raw),
            received_at=row.received_at,
        )
        for row in rows[:PAGE_SIZE]
    ]
    return Page(items, encode_cursor(items[-1].id) if len(rows) > PAGE_SIZE else None)


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
    """Give up on a quarantined payload; its bytes stay in the journal."""
    await call.db.write(actions.discard, arrival, now=call.clock.now())
