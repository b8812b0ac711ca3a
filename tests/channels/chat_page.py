"""A desk's chat on loopback, and a visitor's page that speaks to it as the widget does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestServer

from channels.chat.channel import ChatChannel
from channels.chat.config import ChatSettings
from channels.sandbox.door import MemoryDoor
from desk.kit.clock import FrozenClock
from desk.ports.channel import ChannelKit
from desk.ports.inbound import DeliveryReported, Inbound
from desk.ports.messages import Author, AuthorKind, OutboundMessage

SHOP = "https://shop.example"
PLENTY: dict[str, Any] = {
    "origins": (SHOP,),
    "sessions_per_minute": 100_000,
    "messages_per_minute": 100_000,
    "uploads_per_ten_minutes": 100_000,
}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Shop:
    """One chat inbox, served."""

    def __init__(self, channel: ChatChannel, door: MemoryDoor, clock: FrozenClock) -> None:
        self.channel = channel
        self.door = door
        self.clock = clock
        self.base = ""
        self.http: ClientSession
        self.server: TestServer

    def cut(self) -> None:
        """Drop every connection to the desk, as a network that fails does."""
        assert self.server.runner
        assert self.server.runner.server
        for connection in self.server.runner.server.connections:
            if connection.transport:
                connection.transport.abort()

    def url(self, path: str) -> str:
        return f"{self.base}/chat/v1/web/{path}"

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Post JSON as a page of the shop; returns status and decoded answer."""
        headers = {"Origin": SHOP, **headers}
        async with self.http.post(self.url(path), json=body, headers=headers) as response:
            return response.status, await response.json()

    async def session(self, **asked: Any) -> Any:
        status, answer = await self.post("session", asked)
        assert status == 200, answer
        return answer

    async def heard(self, count: int, timeout_s: float = 10) -> list[Inbound]:
        """What the desk makes of the arrivals, receipts apart, once there are `count`."""

        def so_far() -> list[Inbound]:
            parsed = [said for a in self.door.arrivals for said in self.channel.parse(a.raw)]
            return [said for said in parsed if not isinstance(said, DeliveryReported)]

        await self.door.wait_until(lambda: len(so_far()) >= count, timeout_s)
        return so_far()

    def pages(self, conversation: str) -> int:
        """How many sockets look at a conversation."""
        return self.channel.watchers(conversation)

    def visitor(self) -> str:
        """The id of the visitor who wrote first."""
        address: str = json.loads(self.door.arrivals[0].raw)["visitor"]["id"]
        return address


@asynccontextmanager
async def open_shop(door: MemoryDoor | None = None, **settings: Any) -> AsyncIterator[Shop]:
    """Serve a chat inbox called `web` on a free port."""
    clock = FrozenClock(NOON)
    door = door or MemoryDoor(clock)
    kit = ChannelKit(clock=clock, secret="s" * 32, public_url="http://127.0.0.1:1")
    channel = ChatChannel("web", ChatSettings(**{**PLENTY, **settings}), kit)
    app = web.Application()
    for route in channel.http_doors():
        app.router.add_route(route.method, route.path, route.handler)
    shop = Shop(channel, door, clock)
    shop.server = TestServer(app)
    async with shop.server, ClientSession() as shop.http:
        shop.base = str(shop.server.make_url("")).rstrip("/")
        async with channel.run(door):
            yield shop


def answer(visitor: str, text: str, id_: str = "out-1", **fields: Any) -> OutboundMessage:
    """A reply of Alice's to a visitor."""
    alice = Author(kind=AuthorKind.AGENT, name="Alice")
    return OutboundMessage(
        id=id_,
        case_id=1,
        case_number=1,
        message_id=1,
        recipient=visitor,
        text=text,
        author=alice,
        **fields,
    )


class Wire:
    """One socket of a page."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, t: str, **fields: Any) -> None:
        await self.ws.send_json({"t": t, **fields})

    async def next(self) -> dict[str, Any]:
        """The next frame; `{"t": "closed", "code": …}` at the end."""
        message = await self.ws.receive(timeout=10)
        if message.type is WSMsgType.TEXT:
            frame: dict[str, Any] = json.loads(message.data)
            return frame
        return {"t": "closed", "code": self.ws.close_code}

    async def until(self, *kinds: str) -> dict[str, Any]:
        """The next frame of one of `kinds`; the others are passed over."""
        while (frame := await self.next())["t"] not in kinds:
            assert frame["t"] != "closed", frame
        return frame


@asynccontextmanager
async def open_wire(
    shop: Shop, token: str, cursor: int = 0, origin: str = SHOP
) -> AsyncIterator[Wire]:
    """Open a socket and say hello."""
    url = shop.url("socket")
    async with shop.http.ws_connect(url, headers={"Origin": origin}) as ws:
        wire = Wire(ws)
        await wire.send("hello", v=1, token=token, cursor=cursor)
        yield wire


async def say(shop: Shop, token: str, text: str, **fields: Any) -> dict[str, Any]:
    """Send one message and return what came back for it."""
    async with open_wire(shop, token) as wire:
        await wire.send("msg", cid=f"cid-{shop.door.offered:05}", text=text, **fields)
        return await wire.until("ack", "err")


class Page:
    """A page with an outbox: it comes back after each cut, as the widget does."""

    def __init__(self, shop: Shop, token: str) -> None:
        self.lines: list[dict[str, Any]] = []
        self.outbox: dict[str, str] = {}  # cid to text, in order
        self.cuts = 0
        self.wire: Wire | None = None
        self.gaps = 0
        self._shop = shop
        self._token = token
        self._stirred = asyncio.Event()

    @property
    def cursor(self) -> int:
        return self.lines[-1]["seq"] if self.lines else 0

    async def say(self, cid: str, text: str) -> None:
        self.outbox[cid] = text
        if self.wire and not self.wire.ws.closed:
            await self._post(self.wire, cid)

    async def live(self) -> None:
        """Be there until cancelled."""
        while True:
            with suppress(OSError):
                async with open_wire(self._shop, self._token, self.cursor) as self.wire:
                    await self._attend(self.wire)
            self.cuts += 1

    async def until(self, count: int) -> None:
        """Return when `count` lines have come and nothing waits to be sent."""
        while len(self.lines) < count or self.outbox:
            self._stirred.clear()
            await self._stirred.wait()

    async def _attend(self, wire: Wire) -> None:
        while (frame := await wire.next())["t"] != "closed":
            if frame["t"] == "welcome":
                for cid in list(self.outbox):
                    await self._post(wire, cid)
            elif frame["t"] == "ack":
                self.outbox.pop(frame["cid"], None)
            elif frame["t"] == "msg":
                self.gaps += frame["seq"] != self.cursor + 1
                self.lines.append(frame)
            self._stirred.set()

    async def _post(self, wire: Wire, cid: str) -> None:
        with suppress(ConnectionError):  # the cut is noticed where frames are read
            await wire.send("msg", cid=cid, text=self.outbox.get(cid, "?"))
