"""The help centre inside the chat: one article as the nodes that the widget draws."""

import asyncio
import re
from typing import Any

import msgspec

from channels.chat.config import TEXT_LIMIT
from channels.richtext import parse_markdown
from desk.kit.errors import NotFound
from desk.kit.locales import language_of
from desk.ports.articles import Article
from desk.ports.channel import Door

_SLUG = 200  # characters
_OWN_LINK = re.compile(r"\]\((?=/(?!/))")  # to another page of ours


async def article(door: Door, slug: str, lang: str, public_url: str) -> dict[str, Any]:
    """Return the article called `slug`. Raises NotFound, ChannelBusy."""
    found = await door.article(slug[:_SLUG], language_of(lang))
    if found is None:
        raise NotFound("There is no such article.")
    if len(found.text) > TEXT_LIMIT:
        return await asyncio.to_thread(drawn, found, public_url)
    return drawn(found, public_url)


def drawn(found: Article, public_url: str) -> dict[str, Any]:
    """Return an article as the widget gets it: its links to our pages lead to us. Pure."""
    text = _OWN_LINK.sub(f"]({public_url}", found.text)
    nodes = msgspec.to_builtins(parse_markdown(text).blocks)
    return {"title": found.title, "lang": found.language, "url": found.url, "nodes": nodes}
