"""Macros: answers kept under a name, with what else is done to a case when one is used."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy import Connection, delete, select, update

from desk.cases.tables import macros
from desk.cases.tagging import tag_of
from desk.db.upsert import insert_new_id
from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.routes import Routes
from desk.kit.errors import Conflict, Invalid, NotFound
from desk.kit.text import clean, one_line

NAMES = ("customer", "number", "subject", "agent")  # what {…} stands for in a text

routes = Routes()


class MacroDraft(Struct, frozen=True, kw_only=True):
    """A macro to be. In its text {customer}, {number}, {subject} and {agent} are filled in."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    text: Annotated[str, Meta(min_length=1, max_length=100_000)]
    tags: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=20)] = []


class MacroView(MacroDraft, frozen=True, kw_only=True):
    """A macro of this desk."""

    id: int


@routes.get("/api/v1/macros", needs=Need.AGENT)
async def list_macros(call: Call) -> list[MacroView]:
    """Return every macro, by name."""
    return await call.db.read(every)


@routes.post("/api/v1/macros", needs=Need.AGENT, status=201)
async def create_macro(call: Call, body: MacroDraft) -> MacroView:
    """Keep an answer under a name. 409 when there is one of that name."""
    return await call.db.write(create, body, agent_id=call.agent.agent_id, now=call.clock.now())


@routes.put("/api/v1/macros/{macro}", needs=Need.AGENT)
async def change_macro(call: Call, macro: int, body: MacroDraft) -> MacroView:
    """Change a macro, for everybody."""
    me, now = call.agent.agent_id, call.clock.now()
    return await call.db.write(change, macro, body, agent_id=me, now=now)


@routes.delete("/api/v1/macros/{macro}", needs=Need.AGENT)
async def delete_macro(call: Call, macro: int) -> None:
    """Forget a macro, for everybody."""
    await call.db.write(forget, macro)


def every(c: Connection) -> list[MacroView]:
    """Return every macro, by name."""
    rows = c.execute(select(macros).order_by(macros.c.name))
    return [MacroView(id=row.id, name=row.name, text=row.text, tags=row.tags) for row in rows]


def create(c: Connection, draft: MacroDraft, *, agent_id: int, now: datetime) -> MacroView:
    """Keep a macro. Raises Conflict for a name that is taken, Invalid for none."""
    row = _row(draft, agent_id, now)
    macro_id = insert_new_id(c, macros, row, ["name"])
    if macro_id is None:
        raise Conflict(f"There is a macro called {row['name']} already.")
    return _one(c, macro_id)


def change(
    c: Connection, macro_id: int, draft: MacroDraft, *, agent_id: int, now: datetime
) -> MacroView:
    """Change a macro. Raises NotFound, Conflict, Invalid as `create` does."""
    row = _row(draft, agent_id, now)
    taken = select(macros.c.id).where(macros.c.name == row["name"], macros.c.id != macro_id)
    if c.execute(taken).first() is not None:
        raise Conflict(f"There is a macro called {row['name']} already.")
    c.execute(update(macros).where(macros.c.id == macro_id).values(**row))
    return _one(c, macro_id)


def forget(c: Connection, macro_id: int) -> None:
    """Remove a macro. Raises NotFound."""
    if c.execute(delete(macros).where(macros.c.id == macro_id)).rowcount != 1:
        raise NotFound("There is no such macro.")


def _one(c: Connection, macro_id: int) -> MacroView:
    row = c.execute(select(macros).where(macros.c.id == macro_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such macro.")
    return MacroView(id=row.id, name=row.name, text=row.text, tags=row.tags)


def _row(draft: MacroDraft, agent_id: int, now: datetime) -> dict[str, object]:
    name, text = one_line(draft.name), clean(draft.text).strip()
    if not name or not text:
        raise Invalid("A macro has a name and a text.", "/name" if not name else "/text")
    tags = sorted({tag_of(one) for one in draft.tags})
    return {"name": name, "text": text, "tags": tags, "agent_id": agent_id, "changed_at": now}
