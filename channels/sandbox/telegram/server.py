"""The sandbox's Bot API over HTTP on loopback: `async with TelegramSandbox() as sandbox`."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from channels.sandbox.telegram import params as of
from channels.sandbox.telegram.faults import Fault, Faults, Trouble
from channels.sandbox.telegram.forum import Forum, ForumMethods
from channels.sandbox.telegram.group import Group
from channels.sandbox.telegram.methods import Methods
from channels.sandbox.telegram.params import Params
from channels.sandbox.telegram.phone import Phone
from channels.sandbox.telegram.refused import ApiError
from channels.sandbox.telegram.updates import Updates
from channels.sandbox.telegram.world import ChatState, World, Written
from channels.sandbox.telegram.writing import Writing
from desk.kit.clock import Clock, SystemClock

_MIB = 1024 * 1024
TOKEN = "110201543:sandbox-token-for-the-loopback-only"  # noqa: S105 - opens nothing but this


class TelegramSandbox:
    """One bot's server. Limits can be made small to be met in a test."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "parley_sandbox_bot",
        port: int = 0,
        clock: Clock | None = None,
        webhook_retry_s: float = 0.2,
        download_bytes: int = 20 * _MIB,
        upload_bytes: int = 50 * _MIB,
    ) -> None:
        self.token = token
        self.faults = Faults()
        self.calls: deque[tuple[str, Params]] = deque(maxlen=1000)  # the bot's latest, faults too
        clock = clock or SystemClock()
        self.world = World(clock, username, int(token.partition(":")[0]))
        self.updates = Updates(clock, first_id=100_000_001, retry_s=webhook_retry_s)
        photo_bytes = min(upload_bytes, 10 * _MIB)
        writing = Writing(self.world, upload_bytes=upload_bytes, photo_bytes=photo_bytes)
        methods = Methods(self.world, self.updates, download_bytes=download_bytes)
        topics = ForumMethods(self.world, self.updates)
        self._methods = {**methods.by_name, **writing.by_name, **topics.by_name}
        self._most_bytes = upload_bytes + _MIB
        self._port = port
        self._phones: dict[int, Phone] = {}
        self._base = ""
        self._runner: web.AppRunner | None = None
        self._delivery: asyncio.Task[None] | None = None

    @property
    def api_base(self) -> str:
        """Where the Bot API is: `http://127.0.0.1:PORT`."""
        return self._base

    @property
    def file_base(self) -> str:
        """Where files are fetched from; the same server."""
        return self._base

    def customer(
        self,
        id: int,
        first_name: str,
        last_name: str = "",
        username: str = "",
        language: str = "en",
    ) -> Phone:
        """Return the phone of one customer; the same id is the same phone."""
        if id not in self._phones:
            person = {
                "id": id,
                "is_bot": False,
                "first_name": first_name,
                "last_name": last_name,
                "username": username,
                "language_code": language,
            }
            self.world.chats[id] = ChatState(person=person)
            self._phones[id] = Phone(self.world, self.updates, self.world.chats[id])
        return self._phones[id]

    def group(self, id: int, title: str, *, kind: str = "supergroup", forum: bool = False) -> Group:
        """Return a group that the bot is in."""
        told = {"id": id, "type": kind, "title": title} | ({"is_forum": True} if forum else {})
        self.world.chats[id] = ChatState(person={}, group=told, started=True)
        return Group(self.world, self.updates, self.world.chats[id])

    def forum(self, id: int, title: str) -> Forum:
        """Make a supergroup with topics in which the bot is an admin; `id` is below zero."""
        self.group(id, title, forum=True)
        return Forum(self.world, self.updates, self.world.chats[id])

    def number_from(self, number: int) -> None:
        """Number messages and updates from here on, above those a desk saw of an earlier one."""
        self.world.last_message = number
        self.updates.next_id += number

    def push(self, update: Any) -> int:
        """Queue any update, well formed or not, and return the number it got."""
        return self.updates.add_raw(update)

    def unconfirmed(self) -> int:
        """Return how many updates the bot has not confirmed."""
        return len(self.updates.pending)

    def sent(self) -> list[Written]:
        """Return everything the bot wrote to anybody, oldest first."""
        written = [m for c in self.world.chats.values() for m in c.messages.values() if not m.mine]
        return sorted(written, key=lambda message: message.id)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=self._most_bytes)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/files/{file}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._delivery = asyncio.create_task(self.updates.deliver())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.updates.close()
        if self._delivery is not None:
            self._delivery.cancel()
            await asyncio.gather(self._delivery, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        try:
            method = self._method(request)
            params = await of.read(request)
            self.calls.append((method, params))
            fault = self.faults.meet(method, _chat(params))
            await _meet(request, fault)
            result = await self._methods[method](params)
        except ApiError as refused:
            return web.json_response(refused.body(), status=refused.code)
        except ConnectionAbortedError:
            return web.Response()  # goes nowhere: the connection is closed
        if fault is not None and fault.trouble is Trouble.DROP_AFTER:
            _close(request)
        if fault is not None and fault.trouble is Trouble.GARBLE:
            return web.Response(text="<html>not what you asked for</html>")
        return web.json_response({"ok": True, "result": result})

    def _method(self, request: web.Request) -> str:
        token, method = request.match_info["token"], request.match_info["method"].lower()
        if ":" not in token:
            raise ApiError(404, "Not Found")
        if token != self.token:
            raise ApiError(401, "Unauthorized")
        if method not in self._methods:
            raise ApiError(404, "Not Found")
        return method

    async def _download(self, request: web.Request) -> web.Response:
        file = self.world.files.get(request.match_info["file"])
        if request.match_info["token"] != self.token or file is None:
            return web.json_response(ApiError(404, "Not Found").body(), status=404)
        return web.Response(body=file.content, content_type="application/octet-stream")


async def _meet(request: web.Request, fault: Fault | None) -> None:
    if fault is None:
        return
    if fault.error is not None:
        raise fault.error
    if fault.trouble is Trouble.DROP_BEFORE:
        _close(request)
        raise ConnectionAbortedError
    await asyncio.sleep(fault.delay_s)


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _chat(params: Params) -> int | None:
    given = str(params.get("chat_id", ""))
    return int(given) if given.lstrip("-").isdecimal() else None
