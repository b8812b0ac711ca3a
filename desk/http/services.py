"""What the composition root lends to handlers besides the database: files, Markdown, and more."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from desk.ports.channel import Blobs

BLOBS: web.AppKey[Blobs] = web.AppKey("blobs")
SECRET: web.AppKey[str] = web.AppKey("secret")  # what the desk signs its addresses with

Markdown = Callable[[str], str]  # Markdown in, safe HTML out
MARKDOWN: web.AppKey[Markdown] = web.AppKey("markdown")

COPYING: web.AppKey[frozenset[str]] = web.AppKey("copying")  # kinds of channel that have copies

UNDO_S: web.AppKey[Mapping[str, int]] = web.AppKey("undo_s")  # by kind of channel
CONNECTABLE: web.AppKey[frozenset[str]] = web.AppKey("connectable")  # inboxes an admin connects
ORIGINALS: web.AppKey[Mapping[str, str]] = web.AppKey("originals")  # kind of channel: file ending

AMENDING: web.AppKey[Mapping[str, tuple[str, ...]]] = web.AppKey(
    "amending"
)  # kind of channel: what can be done to what was sent: edit, take_back, react

ShowTyping = Callable[[int], Awaitable[None]]  # by case id: its customer sees that somebody writes
SHOW_TYPING: web.AppKey[ShowTyping] = web.AppKey("show_typing")
