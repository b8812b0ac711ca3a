"""The case over HTTP: lists, one case with its timeline, and everything an agent does to it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct
from sqlalchemy import Connection

from desk.cases import actions, held, queries, talk, timeline
from desk.cases.held import Held
from desk.cases.queries import CaseRow, Filter
from desk.cases.rules import ACTIVE, Priority, Status
from desk.cases.timeline import CaseDetail
from desk.events.actors import agent
from desk.http.call import Call
from desk.http.cursors import Page, decode_cursor, encode_cursor
from desk.http.permissions import Need
from desk.http.routes import Routes
from desk.http.services import BLOBS, COPYING, MARKDOWN, SHOW_TYPING
from desk.kit.errors import Invalid
from desk.messages import deliveries
from desk.messages import queries as said
from desk.messages.actions import NoteDraft, StoredFile
from desk.messages.queries import MessageView, NoteView

routes = Routes()

PAGE_SIZE = 50


class ListCases(Struct, frozen=True, kw_only=True):
    """Which cases. Without `status`: all that are not resolved or closed."""

    status: Status | None = None
    assignee: str | None = None  # me | none | an agent's id
    queue: int | None = None
    customer: int | None = None
    after: str | None = None  # the cursor `next` of the page before
    limit: Annotated[int, Meta(ge=1, le=100)] = PAGE_SIZE


class SentFile(Struct, frozen=True, kw_only=True):
    """A file uploaded before by POST /api/v1/files."""

    blob: str
    name: str
    mime: str
    size_bytes: Annotated[int, Meta(ge=0)]


class NewReply(Struct, frozen=True, kw_only=True):
    """Words for the customer, in Markdown.

    `cc` get a copy, on channels that have copies; without it, whom his last message was
    addressed to besides us.
    """

    text: Annotated[str, Meta(max_length=100_000)]
    then: Literal["open", "pending", "on_hold", "resolved"] | None = "pending"
    identity_id: int | None = None
    cc: Annotated[list[Annotated[str, Meta(max_length=320)]], Meta(max_length=100)] | None = None
    client_id: Annotated[str, Meta(max_length=100)] | None = None
    files: Annotated[list[SentFile], Meta(max_length=20)] = []


class NewHeldReply(NewReply, frozen=True, kw_only=True):
    """Words for the customer that can be undone for `undo_s` seconds; it needs a `client_id`."""

    undo_s: Annotated[int, Meta(ge=1, le=30)]


class NewNote(Struct, frozen=True, kw_only=True):
    """Words for colleagues, in Markdown. Never sent to the customer."""

    text: Annotated[str, Meta(max_length=100_000)]
    client_id: Annotated[str, Meta(max_length=100)] | None = None


class StatusChange(Struct, frozen=True):
    """The status a case is to have."""

    status: Status


class PriorityChange(Struct, frozen=True):
    """The priority a case is to have."""

    priority: Priority


class Assignment(Struct, frozen=True):
    """Whose case it is to be; null: nobody's."""

    agent_id: int | None


class FlagChange(Struct, frozen=True):
    """Why a person should look at a case; empty: somebody has."""

    flag: Annotated[str, Meta(max_length=250)]


class Transfer(Struct, frozen=True):
    """The queue a case is to wait in."""

    queue_id: int


@routes.get("/api/v1/cases", needs=Need.AGENT)
async def list_cases(call: Call, query: ListCases) -> Page[CaseRow]:
    """Return cases, the last active first, a page at a time."""
    before = decode_cursor(query.after, tuple[datetime, int]) if query.after else None
    me = call.agent.agent_id
    wanted = Filter(
        statuses=(query.status,) if query.status else tuple(ACTIVE),
        assignee_id=_assignee(query.assignee, me),
        unassigned=query.assignee == "none",
        queue_id=query.queue,
        customer_id=query.customer,
    )
    rows = await call.db.read(queries.list_cases, wanted, before=before, limit=query.limit + 1)
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return Page(page, encode_cursor(page[-1].last_message_at, page[-1].id) if more else None)


@routes.get("/api/v1/cases/{number}", needs=Need.AGENT)
async def show_case(call: Call, number: int) -> CaseDetail:
    """Return one case with its customer and its timeline, oldest first."""
    return await call.db.read(timeline.show, number)


@routes.post("/api/v1/cases/{number}/replies", needs=Need.AGENT, status=201)
async def reply(call: Call, number: int, body: NewReply) -> MessageView:
    """Write to the customer. The same `client_id` again is the same reply."""
    words = await _words(call, body)

    def unit(c: Connection) -> MessageView:
        case = queries.by_number(c, number)
        who = agent(call.agent.agent_id)
        message_id = talk.reply(c, case.id, words, actor=who, now=call.clock.now())
        written = said.message(c, message_id)
        if body.cc and written.channel not in call.get(COPYING):
            raise Invalid("There are no copies on this channel.", "/cc")
        return written

    return await call.db.write(unit)


@routes.post("/api/v1/cases/{number}/held-replies", needs=Need.AGENT, status=202)
async def hold(call: Call, number: int, body: NewHeldReply) -> Held:
    """Write to the customer in `undo_s` seconds; until then it can be undone by its `client_id`.

    What would refuse the reply then refuses it now.
    """
    words, wait = await _words(call, body), timedelta(seconds=body.undo_s)

    def unit(c: Connection) -> Held:
        case = queries.by_number(c, number)
        if body.cc and case.channel not in call.get(COPYING):
            raise Invalid("There are no copies on this channel.", "/cc")
        me, now = call.agent.agent_id, call.clock.now()
        return held.hold(c, case.id, words, wait, agent_id=me, now=now)

    return await call.db.write(unit)


@routes.delete("/api/v1/held-replies/{client_id}", needs=Need.AGENT)
async def undo(call: Call, client_id: str) -> None:
    """Undo a reply on hold: nothing of it leaves. 404 when it has left already."""
    await call.db.write(held.take_back, client_id, agent_id=call.agent.agent_id)


async def _words(call: Call, body: NewReply) -> talk.Reply:
    for file in body.files:
        await call.get(BLOBS).get(file.blob)  # NotFound now, not when it should leave
    return talk.Reply(
        text=body.text,
        html=call.get(MARKDOWN)(body.text),
        then=Status(body.then) if body.then else None,
        identity_id=body.identity_id,
        cc=tuple(body.cc) if body.cc is not None else None,
        client_id=body.client_id,
        files=tuple(
            StoredFile(name=f.name, mime=f.mime, size_bytes=f.size_bytes, blob=f.blob)
            for f in body.files
        ),
    )


@routes.post("/api/v1/cases/{number}/notes", needs=Need.AGENT, status=201)
async def note(call: Call, number: int, body: NewNote) -> NoteView:
    """Write a note for colleagues."""
    html = call.get(MARKDOWN)(body.text)

    def unit(c: Connection) -> NoteView:
        case_id = queries.by_number(c, number).id
        draft = NoteDraft(case_id=case_id, text=body.text, html=html, client_id=body.client_id)
        who = agent(call.agent.agent_id)
        return said.note(c, talk.note(c, draft, actor=who, now=call.clock.now()))

    return await call.db.write(unit)


@routes.put("/api/v1/cases/{number}/status", needs=Need.AGENT)
async def set_status(call: Call, number: int, body: StatusChange) -> CaseRow:
    """Move a case to another status; 409 says why it may not."""
    return await _change(call, number, actions.set_status, body.status)


@routes.put("/api/v1/cases/{number}/assignee", needs=Need.AGENT)
async def assign(call: Call, number: int, body: Assignment) -> CaseRow:
    """Give a case to an agent, or back to its queue."""
    return await _change(call, number, actions.assign, body.agent_id)


@routes.put("/api/v1/cases/{number}/priority", needs=Need.AGENT)
async def set_priority(call: Call, number: int, body: PriorityChange) -> CaseRow:
    """Make a case more or less urgent."""
    return await _change(call, number, actions.set_priority, body.priority)


@routes.put("/api/v1/cases/{number}/queue", needs=Need.AGENT)
async def transfer(call: Call, number: int, body: Transfer) -> CaseRow:
    """Move a case to another queue, where it is routed anew."""
    return await _change(call, number, actions.transfer, body.queue_id)


@routes.put("/api/v1/cases/{number}/flag", needs=Need.AGENT)
async def set_flag(call: Call, number: int, body: FlagChange) -> CaseRow:
    """Ask for a colleague's look at a case, or say that somebody has looked."""
    return await _change(call, number, actions.set_flag, body.flag)


@routes.post("/api/v1/cases/{number}/typing", needs=Need.AGENT)
async def typing(call: Call, number: int) -> None:
    """Let the customer see that an agent is writing, where his channel can show it."""
    case = await call.db.read(queries.by_number, number)
    await call.get(SHOW_TYPING)(case.id)


@routes.post("/api/v1/deliveries/{delivery}/retry", needs=Need.AGENT)
async def send_again(call: Call, delivery: int) -> None:
    """Send once more what failed or is uncertain: the caller's decision."""
    await call.db.write(deliveries.send_again, delivery, now=call.clock.now())


async def _change(call: Call, number: int, change: Callable[..., None], to: object) -> CaseRow:
    """Let `change` make something else of a case, in the caller's name, and return the case."""

    def unit(c: Connection) -> CaseRow:
        case_id = queries.by_number(c, number).id
        change(c, case_id, to, actor=agent(call.agent.agent_id), now=call.clock.now())
        return queries.by_id(c, case_id)

    return await call.db.write(unit)


def _assignee(asked: str | None, me: int) -> int | None:
    if asked is None or asked == "none":
        return None
    if asked == "me":
        return me
    if asked.isascii() and asked.isdecimal() and len(asked) < 19:
        return int(asked)
    raise Invalid("Say me, none or the id of an agent.", "/assignee")
