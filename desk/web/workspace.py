"""The agent's workspace: its page, and each screenful of it in one round trip."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection

from desk.agents import queries as agents
from desk.agents.queries import AgentView
from desk.http import Call, Html, Need, Routes, decode_cursor, encode_cursor
from desk.http.services import AMENDING, COPYING, ORIGINALS, UNDO_S
from desk.kit.errors import Invalid, NotFound
from desk.messages.reactions import PALETTE
from desk.queues import queries as queues
from desk.queues.queries import InboxView, QueueView
from desk.web import workspace_queries as queries
from desk.web.workspace_queries import WorkCase, WorkPage, WorkRow

routes = Routes()

ROWS_MOST = 200
_STATIC = Path(__file__).parent / "static"
_SCRIPTS = [
    path.relative_to(_STATIC).as_posix()
    for folder in ("core", "workspace")
    for path in sorted((_STATIC / folder).rglob("*.js"))
]
_STYLES = [
    path.relative_to(_STATIC).as_posix() for path in sorted(_STATIC.rglob("workspace/*.css"))
]


class ListWork(Struct, frozen=True, kw_only=True):
    """Which view, and where its page begins."""

    view: Annotated[str, Meta(max_length=200)] = "mine"
    after: str | None = None


class SomeRows(Struct, frozen=True, kw_only=True):
    """Cases by their ids, separated by commas, as far as they stand in the view."""

    ids: Annotated[str, Meta(max_length=ROWS_MOST * 20)]
    view: Annotated[str, Meta(max_length=200)] = "all"


class SomeRowsFound(Struct, frozen=True, kw_only=True):
    """Those of the rows asked for that stand in the view; the others have left it."""

    items: list[WorkRow]


class Furniture(Struct, frozen=True, kw_only=True):
    """What the screen must know before it can show anything."""

    me: AgentView
    agents: list[AgentView]
    queues: list[QueueView]
    inboxes: list[InboxView]
    view: str  # what `work` shows: the view asked for, else "mine"
    work: WorkPage
    counts: dict[str, int]
    copying: list[str]  # the kinds of channel on which a reply can be copied to others
    originals: list[str]  # and those whose messages can be saved as they came
    undo_s: dict[str, int]  # for how many seconds a reply can be undone there
    amending: dict[str, tuple[str, ...]]  # what can be done to what was sent, by kind of channel
    palette: list[str]  # emoji that agents put on messages
    now: datetime


@routes.page("/workspace", needs=Need.AGENT)
async def workspace(call: Call) -> Html:
    """Show the workspace, its first list already inside."""
    return await _screen(call)


@routes.page("/workspace/{number}", needs=Need.AGENT)
async def workspace_at_case(call: Call, number: int) -> Html:
    """Show the workspace with one case open; the screen itself tells when there is none."""
    return await _screen(call)


@routes.get("/api/v1/workspace/cases", needs=Need.AGENT)
async def list_work(call: Call, query: ListWork) -> WorkPage:
    """Return a page of a view: mine, unassigned, all, waiting, resolved, queue:KEY, customer:ID.

    Each row comes with its open promises; `cursor` is where to follow the live view from.
    """
    after = decode_cursor(query.after, tuple[datetime, int]) if query.after else None
    me, now = call.agent.agent_id, call.clock.now()
    return await call.db.read(_page, query.view, me, after, now)


@routes.get("/api/v1/workspace/rows", needs=Need.AGENT)
async def some_rows(call: Call, query: SomeRows) -> SomeRowsFound:
    """Return rows that live events told of, as far as they stand in the view."""
    ids = query.ids.split(",")
    if len(ids) > ROWS_MOST or not all(one.isdecimal() and len(one) < 19 for one in ids):
        raise Invalid(f"Name up to {ROWS_MOST} ids, separated by commas.", "/ids")
    me, now = call.agent.agent_id, call.clock.now()
    wanted = [int(one) for one in ids]
    return SomeRowsFound(items=await call.db.read(queries.rows, query.view, me, wanted, now))


@routes.get("/api/v1/workspace/cases/{number}", needs=Need.AGENT)
async def show_work(call: Call, number: int) -> WorkCase:
    """Return one case with its customer, its timeline and its promises."""
    return await call.db.read(queries.detail, number, call.clock.now())


@routes.get("/api/v1/workspace/counts", needs=Need.AGENT)
async def count_work(call: Call) -> dict[str, int]:
    """Return how many cases each view holds; 100 means "more than 99"."""
    return await call.db.read(queries.counts, call.agent.agent_id)


async def _screen(call: Call) -> Html:
    asked = call.request.query.get("view", "mine")[:200]
    furniture = await call.db.read(_furniture, asked, call.agent.agent_id, call.clock.now())
    copying, originals = call.get(COPYING), call.get(ORIGINALS)
    undo_s, amending = call.get(UNDO_S), call.get(AMENDING)
    furniture = msgspec.structs.replace(
        furniture,
        copying=sorted(copying),
        originals=sorted(originals),
        undo_s=dict(undo_s),
        amending=dict(amending),
        palette=list(PALETTE),
    )
    data: dict[str, Any] = {
        "furniture": msgspec.to_builtins(furniture),
        "scripts": _SCRIPTS,
        "styles": _STYLES,
    }
    return Html("workspace.html", data)


def _furniture(c: Connection, view: str, agent_id: int, now: datetime) -> Furniture:
    try:
        work = _page(c, view, agent_id, None, now)
    except (Invalid, NotFound):  # an old bookmark: the screen shows my work instead
        view, work = "mine", _page(c, "mine", agent_id, None, now)
    return Furniture(
        me=agents.show_agent(c, agent_id),
        agents=agents.list_agents(c),
        queues=queues.list_queues(c),
        inboxes=queues.list_inboxes(c),
        view=view,
        work=work,
        counts=queries.counts(c, agent_id),
        copying=[],
        originals=[],
        undo_s={},
        amending={},
        palette=[],
        now=now,
    )


def _page(
    c: Connection, view: str, agent_id: int, after: tuple[datetime, int] | None, now: datetime
) -> WorkPage:
    found, more = queries.page(c, view, agent_id, after, now)
    return msgspec.structs.replace(found, next=encode_cursor(*more) if more else None)
