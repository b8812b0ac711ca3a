"""The doors that strangers can knock at: one per channel, served, with what a good call carries."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.email.config import PostSettings
from channels.sandbox.door import MemoryDoor
from channels.sandbox.telegram import TelegramSandbox
from desk.kit.clock import SystemClock
from tests.channels import email_world
from tests.channels.chat_page import SHOP, open_shop
from tests.channels.test_slack_http import EVENT, http_world
from tests.channels.test_telegram_webhook import called

TOKEN = "a token of 16+ chars"
MAIL = b"From: ada@example.org\r\nMessage-ID: <m1@example.org>\r\n\r\nHello\r\n"

Post = Callable[..., Awaitable[int]]


@dataclass
class Gate:
    """A door: `post(body, forged=False, age_s=0)` gives the status; `good` is a call it takes."""

    kind: str
    door: MemoryDoor
    post: Post
    good: bytes


@asynccontextmanager
async def gate_of(kind: str) -> AsyncIterator[Gate]:
    """Open the door of a channel."""
    open_ = {"email": _mail, "chat": _chat, "telegram": _telegram, "slack": _slack}[kind]
    async with open_() as gate:
        yield gate


@asynccontextmanager
async def _mail() -> AsyncIterator[Gate]:
    desk = email_world.door()
    post_by = PostSettings(token=f"plain:{TOKEN}")
    inbox = email_world.channel(email_world.settings(post=post_by, largest_bytes=1024 * 1024))
    app = web.Application()
    for way in inbox.http_doors():
        app.router.add_route(way.method, way.path, way.handler)
    async with inbox.run(desk), TestServer(app) as server, aiohttp.ClientSession() as http:
        url = str(server.make_url("/inbound/email/support"))

        async def post(body: bytes, *, forged: bool = False, age_s: int = 0) -> int:
            bearer = {"Authorization": f"Bearer {'wrong' if forged else TOKEN}"}
            return await _status(http, url, body, _signed(body, age_s) if age_s else bearer)

        yield Gate("email", desk, post, MAIL)


@asynccontextmanager
async def _chat() -> AsyncIterator[Gate]:
    async with open_shop(MemoryDoor(SystemClock())) as shop:
        token = (await shop.session())["token"]

        async def post(body: bytes, *, forged: bool = False, age_s: int = 0) -> int:
            headers = {
                "Origin": SHOP,
                "Authorization": f"Bearer {'wrong' if forged else token}",
                "Idempotency-Key": "cid-00001",
            }
            return await _status(shop.http, shop.url("messages"), body, headers)

        yield Gate("chat", shop.door, post, b'{"text": "Hello"}')


@asynccontextmanager
async def _telegram() -> AsyncIterator[Gate]:
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(TelegramSandbox())
        door = MemoryDoor(SystemClock())
        _, url = await stack.enter_async_context(called(box, door))
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def post(body: bytes, *, forged: bool = False, age_s: int = 0) -> int:
            secret = "wrong" if forged else box.updates.hook.secret
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
            return await _status(http, url, body, headers)

        yield Gate("telegram", door, post, json.dumps({"update_id": 1, "new": {}}).encode())


@asynccontextmanager
async def _slack() -> AsyncIterator[Gate]:
    async with http_world() as world:

        async def post(body: bytes, *, forged: bool = False, age_s: int = 0) -> int:
            bad = {"X-Slack-Signature": "v0=" + "0" * 64} if forged else None
            return await world.post(body, bad, age_s)

        yield Gate("slack", world.door, post, EVENT)


async def _status(http: Any, url: str, body: bytes, headers: dict[str, str]) -> int:
    async with http.post(url, data=BytesIO(body), headers=headers) as answer:
        return int(answer.status)


def _signed(body: bytes, age_s: int) -> dict[str, str]:
    at_s = int(email_world.KIT.clock.now().timestamp()) - age_s
    signature = hmac.new(TOKEN.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Parley-Timestamp": str(at_s), "X-Parley-Signature": f"sha256={signature}"}
