"""The JSON API of routing: why somebody has a case, and what an agent should do next."""

from aiohttp import web
from msgspec import Struct
from sqlalchemy import Connection

from desk.cases import queries as cases
from desk.http import Call, Need, Routes
from desk.routing import actions, queries
from desk.routing.queries import DecisionView, Slots

SLOTS: web.AppKey[Slots] = web.AppKey("slots")

routes = Routes()


class NextCase(Struct, frozen=True):
    """The case that an agent got; None: nothing waits for him."""

    number: int | None


@routes.get("/api/v1/cases/{number}/routing", needs=Need.AGENT)
async def why(call: Call, number: int) -> list[DecisionView]:
    """Return the routing decisions of a case, the newest first, with everyone considered."""
    await call.db.read(cases.by_number, number)
    return await call.db.read(queries.decisions, number)


@routes.post("/api/v1/routing/next", needs=Need.AGENT)
async def take_next(call: Call) -> NextCase:
    """Assign to me what I should do next, in the order of routing; none where nothing waits."""

    def take(c: Connection) -> NextCase:
        me, now = call.agent.agent_id, call.clock.now()
        case_id = actions.take_next(c, me, slots=call.get(SLOTS), now=now)
        return NextCase(cases.by_id(c, case_id).number if case_id else None)

    return await call.db.write(take)
