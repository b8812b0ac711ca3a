"""The JSON API of routing: why somebody has a case."""

from aiohttp import web

from desk.cases.queries import by_number
from desk.http import Call, Need, Routes
from desk.routing import queries
from desk.routing.queries import DecisionView, Slots

SLOTS: web.AppKey[Slots] = web.AppKey("slots")

routes = Routes()


@routes.get("/api/v1/cases/{number}/routing", needs=Need.AGENT)
async def why(call: Call, number: int) -> list[DecisionView]:
    """Return the routing decisions of a case, the newest first, with everyone considered."""
    await call.db.read(by_number, number)
    return await call.db.read(queries.decisions, number)
