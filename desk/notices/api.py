"""Notices over HTTP: what I should know, and that I know it."""

from datetime import datetime

from msgspec import Struct

from desk.http.call import Call
from desk.http.cursors import Page, decode_cursor, encode_cursor
from desk.http.permissions import Need
from desk.http.routes import Routes
from desk.notices import actions, queries
from desk.notices.queries import PAGE, NoticeView

routes = Routes()


class Older(Struct, frozen=True):
    """Where the page begins."""

    after: str | None = None


class Unseen(Struct, frozen=True):
    """How many notices wait."""

    unseen: int


class Seen(Struct, frozen=True):
    """What was seen: what is about one case, by its number, or everything."""

    case: int | None = None


@routes.get("/api/v1/notices", needs=Need.AGENT)
async def list_notices(call: Call, query: Older) -> Page[NoticeView]:
    """Return my notices, the newest first."""
    return await page_of(call, query)


@routes.get("/api/v1/notices/unseen", needs=Need.AGENT)
async def count_unseen(call: Call) -> Unseen:
    """Return how many of my notices I have not seen."""
    return Unseen(await call.db.read(queries.unseen, call.agent.agent_id))


@routes.post("/api/v1/notices/seen", needs=Need.AGENT)
async def see(call: Call, body: Seen) -> Unseen:
    """Mark my notices as seen, and return how many are left."""
    me, now = call.agent.agent_id, call.clock.now()
    await call.db.write(actions.see, me, case_number=body.case, now=now)
    return Unseen(await call.db.read(queries.unseen, me))


async def page_of(call: Call, query: Older) -> Page[NoticeView]:
    """Return one page of my notices."""
    before = decode_cursor(query.after, tuple[datetime, int]) if query.after else None
    rows = await call.db.read(queries.newest, call.agent.agent_id, before=before, limit=PAGE + 1)
    items = rows[:PAGE]
    return Page(items, encode_cursor(items[-1].at, items[-1].id) if len(rows) > PAGE else None)
