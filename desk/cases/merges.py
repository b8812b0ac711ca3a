"""Merging and splitting cases over HTTP."""

from msgspec import Struct
from sqlalchemy import Connection

from desk.cases import merging, queries
from desk.cases.queries import CaseRow
from desk.events.actors import agent
from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.routes import Routes

routes = Routes()


class Merge(Struct, frozen=True, kw_only=True):
    """The number of the case that is to have all that was said."""

    into: int


class Split(Struct, frozen=True, kw_only=True):
    """The first message of the new case; what came later goes with it."""

    message_id: int


@routes.post("/api/v1/cases/{number}/merge", needs=Need.AGENT)
async def merge(call: Call, number: int, body: Merge) -> CaseRow:
    """Merge a case into another and return that one; its number leads there from now on.

    409 when they are one already, or the other is closed.
    """

    def unit(c: Connection) -> CaseRow:
        one, other = queries.by_number(c, number), queries.by_number(c, body.into)
        who = agent(call.agent.agent_id)
        merging.merge(c, one.id, other.id, actor=who, now=call.clock.now())
        return queries.by_id(c, merging.target_of(c, other.id))

    return await call.db.write(unit)


@routes.post("/api/v1/cases/{number}/unmerge", needs=Need.AGENT)
async def unmerge(call: Call, number: int) -> CaseRow:
    """Take back the merge of a case and return it; what came since stays where it is."""

    def unit(c: Connection) -> CaseRow:
        case_id = queries.by_number(c, number).id
        who = agent(call.agent.agent_id)
        merging.unmerge(c, case_id, actor=who, now=call.clock.now())
        return queries.by_id(c, case_id)

    return await call.db.write(unit)


@routes.post("/api/v1/cases/{number}/split", needs=Need.AGENT, status=201)
async def split(call: Call, number: int, body: Split) -> CaseRow:
    """Make a case of its own of what was said from a message on; return the new case.

    Merging it back undoes that. 422 when nothing would stay behind.
    """

    def unit(c: Connection) -> CaseRow:
        case_id = queries.by_number(c, number).id
        who, now = agent(call.agent.agent_id), call.clock.now()
        new_id = merging.split(c, case_id, body.message_id, actor=who, now=now)
        return queries.by_id(c, new_id)

    return await call.db.write(unit)
