"""Pages for admins: what was set aside, why, as it came; try again or discard."""

from msgspec import Struct

from desk.arrivals import actions, queries
from desk.arrivals.api import ListArrivals, page_of
from desk.arrivals.queries import Aside
from desk.http import Call, Html, Need, Redirect, Routes

routes = Routes()

_SHOWN_BYTES = 64 * 1024


class Back(Struct, frozen=True):
    """Which list to go back to."""

    state: Aside = Aside.QUARANTINED


@routes.page("/arrivals", needs=Need.ADMIN)
async def arrivals_page(call: Call, query: ListArrivals) -> Html:
    """List what could not be recorded, or reports about messages that nobody here sent."""
    counts = {state: await call.db.read(queries.count_aside, state) for state in Aside}
    data = {
        "state": query.state.value,
        "page": await page_of(call, query),
        "counts": {state.value: sum(found.values()) for state, found in counts.items()},
    }
    return Html("arrivals/list.html", data)


@routes.page("/arrivals/{arrival}", needs=Need.ADMIN)
async def arrival_page(call: Call, arrival: int) -> Html:
    """Show one arrival as it came, its first 64 KiB as text."""
    found = await call.db.read(queries.fetch, arrival)
    data = {
        "arrival": found,
        "text": found.raw[:_SHOWN_BYTES].decode("utf-8", "replace"),
        "size_bytes": len(found.raw),
        "is_cut": len(found.raw) > _SHOWN_BYTES,
    }
    return Html("arrivals/one.html", data)


@routes.form("/arrivals/{arrival}/retry", needs=Need.ADMIN)
async def retry(call: Call, arrival: int, body: Back) -> Redirect:
    """Try to record an arrival again and go back to the list."""
    await call.db.write(actions.replay, arrival, now=call.clock.now())
    return Redirect(f"/arrivals?state={body.state.value}")


@routes.form("/arrivals/{arrival}/discard", needs=Need.ADMIN)
async def discard(call: Call, arrival: int, body: Back) -> Redirect:
    """Take an arrival off the list; its bytes stay in the journal."""
    await call.db.write(actions.discard, arrival, now=call.clock.now())
    return Redirect(f"/arrivals?state={body.state.value}")
