"""The supervisor's page of ratings: the newest first, those to be looked after apart."""

from msgspec import Struct

from desk.http import Call, Html, Need, Redirect, Routes
from desk.satisfaction import queries
from desk.satisfaction.api import Listed, follow, page_of
from desk.satisfaction.form import TERMS
from desk.satisfaction.queries import Which

routes = Routes()

_NAMES = {
    Which.OPEN: "To look after",
    Which.LOW: "Low",
    Which.COMMENTED: "With a comment",
    Which.ALL: "All",
}


class Back(Struct, frozen=True):
    """Where to go on after it."""

    which: Which = Which.OPEN


@routes.page("/ratings", needs=Need.SUPERVISOR)
async def ratings_page(call: Call, query: Listed) -> Html:
    """Show what customers gave."""
    terms = call.get(TERMS)
    data = {
        "page": await page_of(call, query),
        "which": query.which,
        "names": _NAMES,
        "waiting": await call.db.read(queries.count_open, terms),
        "low": terms.low,
    }
    return Html("satisfaction/list.html", data)


@routes.form("/ratings/{rating}/follow-up", needs=Need.SUPERVISOR)
async def looked_after(call: Call, rating: int, body: Back) -> Redirect:
    """Note that somebody has looked after a rating."""
    await follow(call, rating)
    return Redirect(f"/ratings?which={body.which.value}")
