"""The JSON API of promises: the clocks of one case, or of the cases on a screen."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy import Connection

from desk.cases.queries import by_number
from desk.http import Call, Need, Routes
from desk.kit.errors import Invalid
from desk.sla import queries
from desk.sla.queries import ClockView

routes = Routes()

MOST = 200

_Id = Annotated[int, Meta(ge=1, le=2**62)]


class ClocksQuery(Struct, frozen=True, kw_only=True):
    """Whose clocks: the parameter is repeated, `?case_id=3&case_id=5`, 200 times at most."""

    case_id: list[_Id] = []


@routes.get("/api/v1/cases/{number}/clocks", needs=Need.AGENT)
async def clocks_of_case(call: Call, number: int) -> list[ClockView]:
    """Return the promises that run, or ran, for a case."""
    return await call.db.read(_of_number, number, call.clock.now())


@routes.get("/api/v1/clocks", needs=Need.AGENT)
async def clocks_of_cases(call: Call, query: ClocksQuery) -> list[ClockView]:
    """Return the promises of several cases in one call, for lists."""
    if len(query.case_id) > MOST:
        raise Invalid(f"Ask for {MOST} cases at most.", "/case_id")
    found = await call.db.read(queries.clocks, query.case_id, call.clock.now())
    return [clock for clocks in found.values() for clock in clocks]


def _of_number(c: Connection, number: int, now: datetime) -> list[ClockView]:
    return queries.clocks_of(c, by_number(c, number).id, now)
