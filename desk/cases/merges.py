"""Merging, splitting, snoozing and tagging cases over HTTP."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy import Connection

from desk.cases import actions, merging, queries, snoozing, tagging
from desk.cases.queries import CaseRow
from desk.cases.tagging import TagView
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
    """Take back the merge of a case and return it, with what came since in its conversations."""

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


class Snooze(Struct, frozen=True, kw_only=True):
    """Until when a case is put away; `keeps`: even when its customer writes."""

    until: Annotated[datetime, Meta(tz=True)]
    keeps: bool = False


@routes.put("/api/v1/cases/{number}/snooze", needs=Need.AGENT)
async def snooze(call: Call, number: int, body: Snooze) -> CaseRow:
    """Put a case away until an instant. 422 for one that has passed, 409 for a case done."""

    def unit(c: Connection) -> CaseRow:
        case_id, now = queries.by_number(c, number).id, call.clock.now()
        who = agent(call.agent.agent_id)
        snoozing.snooze(c, case_id, body.until, keeps=body.keeps, actor=who, now=now)
        return queries.by_id(c, case_id)

    return await call.db.write(unit)


@routes.delete("/api/v1/cases/{number}/snooze", needs=Need.AGENT)
async def wake(call: Call, number: int) -> CaseRow:
    """Bring a case back before its time; one that is not away stays as it is."""

    def unit(c: Connection) -> CaseRow:
        row = actions.lock(c, queries.by_number(c, number).id)
        who, now = agent(call.agent.agent_id), call.clock.now()
        snoozing.wake(c, row, "an agent wanted it", actor=who, now=now, settle=False)
        return queries.by_id(c, row.id)

    return await call.db.write(unit)


class Tags(Struct, frozen=True, kw_only=True):
    """The tags a case is to have, all of them."""

    tags: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=100)]


@routes.put("/api/v1/cases/{number}/tags", needs=Need.AGENT)
async def tag(call: Call, number: int, body: Tags) -> CaseRow:
    """Let a case have exactly these tags. Upper and lower case are one."""

    def unit(c: Connection) -> CaseRow:
        case_id = queries.by_number(c, number).id
        who, now = agent(call.agent.agent_id), call.clock.now()
        tagging.set_tags(c, case_id, body.tags, actor=who, now=now)
        return queries.by_id(c, case_id)

    return await call.db.write(unit)


@routes.get("/api/v1/tags", needs=Need.AGENT)
async def list_tags(call: Call) -> list[TagView]:
    """Return the tags of this desk, the most used first."""
    return await call.db.read(tagging.known_tags)
