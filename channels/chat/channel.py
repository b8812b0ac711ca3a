"""The web chat channel: its life cycle, its doors and its sending."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from aiohttp import web

from channels.chat import parse as words_in
from channels.chat import render as words_out
from channels.chat.articles import article
from channels.chat.assets import PARTS, serve_more, serve_part, serve_widget, serve_words, words
from channels.chat.config import TEXT_LIMIT, ChatSettings
from channels.chat.fallback import Fallback
from channels.chat.files import Files
from channels.chat.fitting import check, keys
from channels.chat.forms import Forms
from channels.chat.frames import frame
from channels.chat.greetings import FIELDS
from channels.chat.intake import Intake
from channels.chat.origins import Handler, Origins, bearer, json_response
from channels.chat.pages import Pages
from channels.chat.rooms import Rooms
from channels.chat.socket import Sockets
from channels.chat.visitors import Visitors
from desk.kit.errors import ChannelBusy, Invalid, Undeliverable
from desk.kit.ids import new_id
from desk.ports.channel import (
    Capabilities,
    ChannelKit,
    Door,
    Finding,
    Health,
    HealthState,
    HttpDoor,
    RenderPlan,
)
from desk.ports.elsewhere import SaidElsewhere, Shown
from desk.ports.inbound import Inbound
from desk.ports.messages import Attachment, OutboundMessage

_TYPING_S = 6


class _Open(msgspec.Struct, frozen=True):
    """What stands while the inbox is open."""

    door: Door
    rooms: Rooms
    intake: Intake
    visitors: Visitors
    files: Files
    forms: Forms
    pages: Pages
    sockets: Sockets
    fallback: Fallback


class ChatChannel:
    """One web chat inbox. We are the provider: the conversation is the door's transcript."""

    kind: ClassVar[str] = "chat"
    Settings: ClassVar[type[msgspec.Struct]] = ChatSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_limit=TEXT_LIMIT,
        files_in_bytes=20 * 1024 * 1024,
        files_out_bytes=20 * 1024 * 1024,
        choices=12,
        sees_edits=True,
        sees_deletes=True,
        edits_own=True,
        deletes_own=True,
        reactions=True,
        typing_in=True,
        typing_out=True,
        receipts=True,
        proactive=True,
        join_minutes=30,
        repeats_safely=True,
        undo_s=3,
        slots=3.0,
        live=True,
    )

    def __init__(self, inbox: str, settings: ChatSettings, kit: ChannelKit) -> None:
        self._inbox = inbox
        self._settings = settings
        self._kit = kit
        self._base = f"/chat/v1/{quote(inbox, safe='')}"
        check(settings)
        self._origins = Origins(settings.origins, kit.public_url, settings.blocked_addresses)
        self._opened: _Open | None = None

    def parse(self, raw: bytes) -> Sequence[Inbound]:
        """Return what a journalled payload says. Raises Unreadable."""
        return words_in.parse(raw)

    def plan(self, message: OutboundMessage) -> RenderPlan:
        """Return the lines that `message` will be in the transcript."""
        return words_out.plan(message)

    async def send(self, message: OutboundMessage, part: int) -> str:
        """Append one part to the visitor's transcript and return its id; open pages show it.

        Sending the same part again returns the same id and shows nothing twice.

        Raises:
            ChannelBusy: the inbox is not open, or the database cannot take it now.
            Undeliverable: there is no such visitor any more.
        """
        here = self._running
        conversation = await here.visitors.conversation_of(message.recipient)
        if conversation is None:
            raise Undeliverable("This visitor is unknown here, or the visit was ended.")
        thread = message.thread or conversation
        body = words_out.plan(message).parts[part].body
        await here.files.keep_ours(message)
        line = await here.door.append(thread, f"out:{message.id}:{part}", msgspec.json.encode(body))
        here.rooms.wake(thread)
        return words_out.external_id(thread, line.seq)

    async def edit(self, message: OutboundMessage, external_id: str) -> None:
        """Show `message` in place of what was sent, on every page. Raises as `send` does."""
        body = words_out.plan(message).parts[0].body
        await self._append(external_id, {"t": "edit", "of": external_id, "choices": [], **body})

    async def take_back(self, external_id: str) -> None:
        """Take a message off the visitor's pages. Raises as `send` does."""
        await self._append(external_id, {"t": "gone", "of": external_id})

    async def react(self, external_id: str, emoji: Sequence[str], gone: Sequence[str] = ()) -> None:
        """Show these emoji of ours on a message, and no others. Raises as `send` does."""
        await self._append(external_id, {"t": "react", "of": external_id, "emoji": emoji})

    async def _append(self, external_id: str, body: dict[str, Any]) -> None:
        here, thread = self._running, external_id.rpartition(":")[0]
        await here.door.append(thread, f"amend:{new_id()}", msgspec.json.encode(body))
        here.rooms.wake(thread)

    def shown(self, said: SaidElsewhere) -> Shown:
        """Return the transcript's line for what was said by letter."""
        return Shown(words_out.elsewhere(said), Files.of_letter(said))

    async def fetch(self, raw: bytes, attachment: Attachment) -> bytes:
        """Return an uploaded file's bytes; they were kept when it was uploaded."""
        return await self._running.door.blobs.get(attachment.ref)

    async def show_typing(self, recipient: str, thread: str) -> None:
        """Show on the visitor's open pages, for a few seconds, that somebody writes."""
        if self._opened and thread:
            self._opened.rooms.pass_on(thread, frame("typing", on=True, for_s=_TYPING_S))

    def watchers(self, thread: str) -> int:
        """Return how many pages look at a conversation through this process."""
        return self._running.rooms.count(thread)

    async def end_visit(self, visitor: str) -> None:
        """End a visitor's session: his token is void and his open pages are told within 20 s."""
        await self._running.visitors.end(visitor)

    def run(self, door: Door) -> AbstractAsyncContextManager[None]:
        """Open the doors; on leaving, every open page is told to come back in a moment."""
        return self._run(door)

    @asynccontextmanager
    async def _run(self, door: Door) -> AsyncIterator[None]:
        rooms = Rooms()
        files = Files(door, self._settings, self._kit)
        intake = Intake(door, rooms, files, settings=self._settings, clock=self._kit.clock)
        most = self._settings.sockets_per_visitor
        self._opened = _Open(
            door=door,
            rooms=rooms,
            intake=intake,
            visitors=intake.visitors,
            files=files,
            forms=intake.forms,
            pages=Pages(door, self._settings, self._kit, inbox=self._inbox),
            sockets=Sockets(door, rooms, intake, self._settings),
            fallback=Fallback(door, rooms, intake, self._origins, most=most),
        )
        door.report(Health(state=HealthState.CONNECTED))
        try:
            yield
        finally:
            self._opened = None
            await rooms.close()
            door.report(Health(state=HealthState.STOPPED))

    async def check(self) -> list[Finding]:
        """Say whether pages elsewhere can use this inbox."""
        secure = self._kit.public_url.startswith(
            ("https://", "http://127.0.0.1", "http://localhost")
        )
        known = msgspec.json.decode((await asyncio.to_thread(words, "de")).content)
        own, names = self._settings.words, {*known, *FIELDS}
        try:
            await asyncio.to_thread(keys, self._settings)
            signing = []
        except Invalid as wrong:
            mend = "Until then nobody is known as a user of the site."
            signing = [
                Finding(what="keys of the site's users", ok=False, detail=wrong.reason, mend=mend)
            ]
        unknown = sorted(f"{lang}.{key}" for lang in own for key in own[lang] if key not in names)
        return [
            *signing,
            Finding(
                what="public address",
                ok=secure,
                detail=self._kit.public_url,
                mend="" if secure else "Pages served by https can only embed a chat on https.",
            ),
            Finding(
                what="sites that may embed the chat",
                ok=True,
                detail=", ".join(self._settings.origins) or "only our own pages",
                mend="" if self._settings.origins else "Name your sites in `origins`.",
            ),
            Finding(
                what="texts of the chat",
                ok=not unknown,
                detail=", ".join(unknown) or "as the settings have them",
                mend="These are no texts of the widget: see docs/operating.md." if unknown else "",
            ),
        ]

    def http_doors(self) -> Sequence[HttpDoor]:
        """Return the routes under /chat/v1/; the widget is the same for every inbox."""
        base, guard = self._base, self._origins.guard
        return [
            _door("GET", "/chat/v1/widget.js", serve_widget),
            _door("GET", "/chat/v1/more.js", serve_more),
            _door("GET", f"/chat/v1/{{part:{'|'.join(PARTS)}}}", serve_part),
            _door("GET", "/chat/v1/words/{lang}", serve_words),
            _door("POST", f"{base}/session", guard(self._session)),
            _door("POST", f"{base}/logout", guard(self._logout)),
            _door("POST", f"{base}/form", guard(self._form)),
            _door("GET", f"{base}/socket", guard(self._socket)),
            _door("GET", f"{base}/events", guard(self._events, required=False)),
            _door("GET", f"{base}/transcript", guard(self._transcript, required=False)),
            _door("POST", f"{base}/letter", guard(self._letter)),
            _door("POST", f"{base}/messages", guard(self._messages)),
            _door("POST", f"{base}/files", guard(self._upload)),
            _door("GET", f"{base}/files/{{id}}/link", guard(self._link, required=False)),
            _door("GET", f"{base}/files/{{id}}", guard(self._download, required=False)),
            _door("GET", f"{base}/articles/{{slug}}", guard(self._article, required=False)),
            _door("OPTIONS", f"{base}/{{rest:.*}}", guard(_preflight)),
        ]

    async def _session(self, request: web.Request) -> web.StreamResponse:
        return json_response(await self._running.pages.open(request))

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        here = self._running
        session = await here.visitors.signed_in(bearer(request))
        await here.visitors.leave(session)
        return web.Response(status=204)

    async def _form(self, request: web.Request) -> web.StreamResponse:
        return await self._running.forms.take(request)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        return await self._running.sockets.serve(request)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await self._running.fallback.events(request)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        return await self._running.fallback.say(request)

    async def _transcript(self, request: web.Request) -> web.StreamResponse:
        here = self._running
        session = await here.visitors.signed_in(bearer(request))
        return await here.pages.transcript(session, request.query.get("you", ""))

    async def _letter(self, request: web.Request) -> web.StreamResponse:
        here = self._running
        session = await here.visitors.signed_in(bearer(request))
        await here.intake.wants_letter(session)
        return web.Response(status=204)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        here = self._running
        session = await here.visitors.signed_in(bearer(request))
        file = await here.files.upload(session.visitor.id, request)
        shown = {"id": file.id, "name": file.name, "mime": file.mime, "size": file.size_bytes}
        return json_response(shown, status=201)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        here = self._running
        session = await here.visitors.signed_in(bearer(request))
        base = self._kit.public_url + self._base
        link = await here.files.link(session.visitor.id, request.match_info["id"], base)
        return json_response({"url": link})

    async def _article(self, request: web.Request) -> web.StreamResponse:
        here = self._running
        await here.visitors.signed_in(bearer(request))
        slug, lang = request.match_info["slug"], request.query.get("lang", "")
        return json_response(await article(here.door, slug, lang, self._kit.public_url))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        return await self._running.files.download(
            request.match_info["id"], asked.get("until", ""), asked.get("sig", "")
        )

    @property
    def _running(self) -> _Open:
        if self._opened is None:
            raise ChannelBusy("This chat is not open at the moment.", retry_after_s=2)
        return self._opened


def _door(method: str, path: str, handler: Handler) -> HttpDoor:
    return HttpDoor(method=method, path=path, handler=handler)


async def _preflight(request: web.Request) -> web.StreamResponse:
    return web.Response(status=204)
