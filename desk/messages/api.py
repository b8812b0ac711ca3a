"""Messages over HTTP: changed, taken back, reacted to, read as they came."""

from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy import Connection

from desk.arrivals import queries as arrivals
from desk.events.actors import agent
from desk.http.call import Call
from desk.http.permissions import Need, permits
from desk.http.replies import Download
from desk.http.routes import Routes
from desk.http.services import AMENDING, BLOBS, MARKDOWN, ORIGINALS
from desk.kit.errors import Conflict, Forbidden, NotFound
from desk.messages import amending, queries
from desk.messages.queries import MessageView

routes = Routes()


class Words(Struct, frozen=True, kw_only=True):
    """What an answer is to say now, in Markdown."""

    text: Annotated[str, Meta(max_length=100_000)]


class Emoji(Struct, frozen=True, kw_only=True):
    """An emoji to put on a message, or to take off it."""

    emoji: Annotated[str, Meta(max_length=16)]
    on: bool = True


@routes.put("/api/v1/messages/{message}/text", needs=Need.AGENT)
async def edit(call: Call, message: int, body: Words) -> MessageView:
    """Change the words of an answer that arrived, where its network shows that. 409: not there."""
    html = call.get(MARKDOWN)(body.text)

    def unit(c: Connection) -> MessageView:
        _check(call, queries.message(c, message), "edit")
        who, now = agent(call.agent.agent_id), call.clock.now()
        amending.edit(c, message, body.text, html, actor=who, now=now)
        return queries.message(c, message)

    return await call.db.write(unit)


@routes.delete("/api/v1/messages/{message}", needs=Need.AGENT)
async def take_back(call: Call, message: int) -> MessageView:
    """Take an answer back that arrived, where its network does that. 409: not there."""

    def unit(c: Connection) -> MessageView:
        _check(call, queries.message(c, message), "take_back")
        who, now = agent(call.agent.agent_id), call.clock.now()
        amending.take_back(c, message, actor=who, now=now)
        return queries.message(c, message)

    return await call.db.write(unit)


@routes.put("/api/v1/messages/{message}/reaction", needs=Need.AGENT)
async def react(call: Call, message: int, body: Emoji) -> MessageView:
    """Put an emoji on a message in one's own name, or take it off. 409: not on its network."""

    def unit(c: Connection) -> MessageView:
        _check(call, queries.message(c, message), "react")
        who, now = agent(call.agent.agent_id), call.clock.now()
        amending.react(c, message, body.emoji, on=body.on, actor=who, now=now)
        return queries.message(c, message)

    return await call.db.write(unit)


def _check(call: Call, found: MessageView, what: str) -> None:
    """Refuse what a network cannot do, and to change a colleague's words.

    Raises:
        Conflict: it cannot be done on this channel.
        Forbidden: somebody else wrote it, and the caller is no supervisor.
    """
    if what not in call.get(AMENDING).get(found.channel, ()):
        raise Conflict("That cannot be done on this channel: what was sent stays as it is.")
    theirs = found.author == "agent" and found.agent_id != call.agent.agent_id
    if theirs and what != "react" and not permits(call.agent.role, Need.SUPERVISOR):
        raise Forbidden("A colleague wrote this; only he or a supervisor may change it.")


@routes.get("/api/v1/messages/{message}/original", needs=Need.AGENT)
async def original(call: Call, message: int) -> Download:
    """Return a message as its network brought it, or as it was handed over: a mail as .eml."""
    found = await call.db.read(queries.message, message)
    ending = call.get(ORIGINALS).get(found.channel)
    if not ending or not found.original or found.deleted:
        raise NotFound("The original of this message is not kept.")
    content = await _original(call, found)
    return Download(f"message-{message}.{ending}", "application/octet-stream", content)


async def _original(call: Call, found: MessageView) -> bytes:
    blob = next((send.sent_blob for send in found.deliveries if send.sent_blob), None)
    if blob is not None:
        return await call.get(BLOBS).get(blob)
    arrival_id = await call.db.read(queries.arrival_of, found.id)
    return (await call.db.read(arrivals.fetch, arrival_id or 0)).raw
