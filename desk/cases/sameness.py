"""Whether two customers are one, over HTTP: agents answer suggestions, merge, and take it back."""

from msgspec import Struct
from sqlalchemy import Connection

from desk.cases import people
from desk.customers import queries, suggesting
from desk.customers.queries import CustomerView
from desk.customers.suggesting import SuggestionView
from desk.events.actors import agent
from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.routes import Routes

routes = Routes()


class Answer(Struct, frozen=True, kw_only=True):
    """Whether two customers are one person."""

    same: bool


class MergeWith(Struct, frozen=True, kw_only=True):
    """The record that becomes part of this one."""

    other: int


@routes.get("/api/v1/customers/{customer}/suggestions", needs=Need.AGENT)
async def suggestions(call: Call, customer: int) -> list[SuggestionView]:
    """Return who a customer may be besides, each with its reasons, most likely first."""

    def unit(c: Connection) -> list[SuggestionView]:
        return suggesting.open_for(c, queries.current_id(c, customer))

    return await call.db.read(unit)


@routes.put("/api/v1/merge-suggestions/{suggestion}", needs=Need.AGENT)
async def answer(call: Call, suggestion: int, body: Answer) -> CustomerView:
    """Say whether two are one: they are merged, or never suggested again."""

    def unit(c: Connection) -> CustomerView:
        row = suggesting.answer(c, suggestion, accepted=body.same)
        who, now = agent(call.agent.agent_id), call.clock.now()
        kept, other = queries.current_id(c, row.other_id), queries.current_id(c, row.customer_id)
        if body.same and kept != other:
            people.merge(c, kept, other, proof="an agent said so", actor=who, now=now)
        return queries.show(c, kept)

    return await call.db.write(unit)


@routes.post("/api/v1/customers/{customer}/merge", needs=Need.AGENT)
async def merge(call: Call, customer: int, body: MergeWith) -> CustomerView:
    """Make another record part of this one. 409 for two accounts of the host site."""

    def unit(c: Connection) -> CustomerView:
        kept, other = queries.current_id(c, customer), queries.current_id(c, body.other)
        who, now = agent(call.agent.agent_id), call.clock.now()
        people.merge(c, kept, other, proof="an agent said so", actor=who, now=now)
        return queries.show(c, kept)

    return await call.db.write(unit)


@routes.post("/api/v1/customer-merges/{merge}/undo", needs=Need.AGENT)
async def unmerge(call: Call, merge: int) -> CustomerView:
    """Make a merged record one of its own again, with its identities and cases; return it."""

    def unit(c: Connection) -> CustomerView:
        who, now = agent(call.agent.agent_id), call.clock.now()
        return queries.show(c, people.unmerge(c, merge, actor=who, now=now))

    return await call.db.write(unit)
