"""Ratings over HTTP, for supervisors: what customers gave, and that somebody looked after it."""

from datetime import datetime

from msgspec import Struct

from desk.events import actors
from desk.http.call import Call
from desk.http.cursors import Page, decode_cursor, encode_cursor
from desk.http.permissions import Need
from desk.http.routes import Routes
from desk.satisfaction import actions, queries
from desk.satisfaction.form import TERMS
from desk.satisfaction.queries import PAGE, RatingView, Which

routes = Routes()


class Listed(Struct, frozen=True, kw_only=True):
    """Which ratings, and where the page begins."""

    which: Which = Which.ALL
    after: str | None = None


@routes.get("/api/v1/ratings", needs=Need.SUPERVISOR)
async def list_ratings(call: Call, query: Listed) -> Page[RatingView]:
    """Return what customers gave, the newest first."""
    return await page_of(call, query)


@routes.post("/api/v1/ratings/{rating}/follow-up", needs=Need.SUPERVISOR, status=204)
async def follow_up(call: Call, rating: int) -> None:
    """Note that somebody has looked after a rating."""
    await follow(call, rating)


async def follow(call: Call, rating_id: int) -> None:
    """Note that the caller has looked after a rating."""
    who = actors.agent(call.agent.agent_id)
    await call.db.write(actions.follow_up, rating_id, actor=who, now=call.clock.now())


async def page_of(call: Call, query: Listed) -> Page[RatingView]:
    """Return one page of ratings."""
    before = decode_cursor(query.after, tuple[datetime, int]) if query.after else None
    terms = call.get(TERMS)
    found = await call.db.read(queries.newest, query.which, terms, before=before, limit=PAGE + 1)
    items = found[:PAGE]
    last = items[-1] if len(found) > PAGE else None
    return Page(items, encode_cursor(last.answered_at, last.id) if last else None)
