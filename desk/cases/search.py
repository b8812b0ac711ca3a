"""Searching the record: messages, customers and cases by their words."""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from sqlalchemy import Connection, select

from desk.cases import queries
from desk.cases.queries import CaseRow
from desk.customers.tables import customers
from desk.db import search
from desk.db.search import Hit, Place
from desk.http.call import Call
from desk.http.cursors import decode_cursor, encode_cursor
from desk.http.permissions import Need
from desk.http.routes import Routes
from desk.messages.tables import messages

routes = Routes()

PAGE_SIZE = 20
KINDS = (search.MESSAGE, search.CUSTOMER, search.CASE, search.ARTICLE)


class Search(Struct, frozen=True, kw_only=True):
    """What is looked for; `kind` narrows it to one sort of thing."""

    q: Annotated[str, Meta(max_length=500)] = ""
    kind: Literal["message", "customer", "case", "article"] | None = None
    after: str | None = None


class Found(Struct, frozen=True, kw_only=True):
    """One hit: `snippet` has the words around it; `case` is the case it belongs to, if any."""

    kind: str
    id: int
    snippet: str
    case: CaseRow | None = None
    customer_name: str | None = None


class Results(Struct, frozen=True, kw_only=True):
    """A page of hits, best first; `next` leads on."""

    items: list[Found]
    next: str | None


@routes.get("/api/v1/search", needs=Need.AGENT)
async def search_all(call: Call, query: Search) -> Results:
    """Find messages, customers, cases and articles that hold every word of `q`."""
    after = Place(*decode_cursor(query.after, tuple[float, str, int])) if query.after else None
    return await call.db.read(_results, query, after)


def _results(c: Connection, query: Search, after: Place | None) -> Results:
    kinds = (query.kind,) if query.kind else KINDS
    hits = search.find(c, query.q, kinds=kinds, limit=PAGE_SIZE + 1, after=after)
    page = hits[:PAGE_SIZE]
    of_message = _cases_of_messages(c, [hit.id for hit in page if hit.kind == search.MESSAGE])
    of_case = [hit.id for hit in page if hit.kind == search.CASE]
    rows = {row.id: row for row in queries.by_ids(c, [*of_message.values(), *of_case])}
    names = _names(c, [hit.id for hit in page if hit.kind == search.CUSTOMER])
    last = page[-1].place if len(hits) > PAGE_SIZE else None
    return Results(
        items=[_found(hit, of_message, rows, names) for hit in page],
        next=encode_cursor(last.score, last.kind, last.id) if last else None,
    )


def _found(
    hit: Hit, of_message: dict[int, int], rows: dict[int, CaseRow], names: dict[int, str | None]
) -> Found:
    case_id = hit.id if hit.kind == search.CASE else of_message.get(hit.id)
    return Found(
        kind=hit.kind,
        id=hit.id,
        snippet=hit.snippet,
        case=rows.get(case_id) if case_id and hit.kind in (search.MESSAGE, search.CASE) else None,
        customer_name=names.get(hit.id) if hit.kind == search.CUSTOMER else None,
    )


def _cases_of_messages(c: Connection, message_ids: list[int]) -> dict[int, int]:
    query = select(messages.c.id, messages.c.case_id).where(messages.c.id.in_(message_ids))
    return {row.id: row.case_id for row in c.execute(query)} if message_ids else {}


def _names(c: Connection, customer_ids: list[int]) -> dict[int, str | None]:
    query = select(customers.c.id, customers.c.name).where(customers.c.id.in_(customer_ids))
    return {row.id: row.name for row in c.execute(query)} if customer_ids else {}
