"""What a line in a hub says: a message or note of the record, or the desk's own news."""

import asyncio
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Row

from bot.hub import queries
from bot.hub.rules import LineKind
from channels import richtext
from desk.agents import accounts
from desk.db.engine import Database
from desk.kit.errors import NotFound
from desk.messages import queries as said
from desk.notices import queries as notices
from desk.notices.rules import quiet_until
from desk.ports.hub import HubLine
from desk.ports.messages import Author, AuthorKind

_WE = Author(kind=AuthorKind.SYSTEM, name="")


def line_of(c: Connection, line: Row[Any]) -> HubLine | None:
    """Return what a line says; None when what it was about is gone."""
    key = named(line).key
    if line.kind == LineKind.NEWS:
        return HubLine(key=key, text=_escaped(line.words), author=_WE) if line.words else None
    try:
        if line.kind == LineKind.NOTE:
            note = said.note(c, line.ref)
            author = Author(kind=AuthorKind.AGENT, name=note.agent_name or "")
            return HubLine(key=key, text=note.text, author=author, note=True)
        message = said.message(c, line.ref)
    except NotFound:
        return None
    if message.deleted:
        return None
    kind = AuthorKind(message.author)
    name = message.customer_name or message.address
    if kind is not AuthorKind.CUSTOMER:
        name = message.agent_name or ""
    text = _escaped(message.text) if kind is AuthorKind.CUSTOMER else message.text
    files = queries.files(c, message.id)
    text = text if text.strip() else _escaped("📎 " + ", ".join(file.name for file in files))
    if line.words:  # what became of it
        text = f"{line.words}:\n\n{text}"
    author = Author(kind=kind, name=name)
    return HubLine(key=key, text=text, author=author, attachments=files)


def named(line: Row[Any]) -> HubLine:
    """Return a line by its key alone: to find it, when its words are gone."""
    return HubLine(key=f"hub:{line.id}", text="?", author=_WE)


async def called(
    db: Database, line: Row[Any], said_now: HubLine, channel: str, now: datetime
) -> HubLine:
    """Return a line with whom it calls: nobody in his quiet hours."""
    awake = []
    for agent_id in line.call:
        wishes = await db.read(notices.wishes, agent_id)
        quiet = wishes.quiet_from, wishes.quiet_to, wishes.zone
        if await asyncio.to_thread(quiet_until, now, *quiet) is None:  # reads zones
            awake.append(agent_id)
    addresses = await db.read(accounts.addresses, channel, awake) if awake else []
    return replace(said_now, call=tuple(addresses), call_group=line.call_group)


def _escaped(text: str) -> str:
    """Return plain words as Markdown that reads the same."""
    return richtext.render_markdown(richtext.parse_plain(text))
