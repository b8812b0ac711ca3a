"""The widget in a real browser, on a shop page that allows nothing but our script and socket."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.channels.chat_page import Shop, open_shop

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

CHROMIUM = os.environ.get("PARLEY_TEST_CHROMIUM") or shutil.which("chromium") or ""
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SHOTS = Path(__file__).parents[1] / "browser" / "shots"

BROWSING = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]


class ShopPage:
    """A page of a shop that embeds the chat, and the chat behind it."""

    def __init__(self, shop: Shop, page: "Page", url: str) -> None:
        self.shop = shop
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.set_default_timeout(5000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning") and "net::ERR" not in message.text:
            self.complaints.append(message.text)

    async def open(self) -> None:
        await self.page.get_by_role("button", name="Open chat").click()

    async def say(self, text: str) -> None:
        await self.page.get_by_role("textbox", name="Write a message").fill(text)
        await self.page.keyboard.press("Enter")

    async def sees(self, text: str) -> None:
        await self.page.get_by_role("log").get_by_text(text).wait_for(timeout=5000)

    async def shot(self, name: str) -> None:
        await self.page.screenshot(path=SHOTS / f"chat-{name}.png")


def page_of(base: list[str]) -> web.Application:
    """A shop under the strictest policy that still allows the chat."""

    async def shown(request: web.Request) -> web.Response:
        desk = base[0]
        policy = (
            f"default-src 'none'; script-src {desk}; style-src 'none'; "
            f"connect-src {desk} {desk.replace('http', 'ws')}; require-trusted-types-for 'script'"
        )
        lang, rest = request.query.get("lang", "en"), request.query.get("dir", "ltr")
        script = f'<script async src="{desk}/chat/v1/widget.js" data-inbox="web"></script>'
        html = f'<!doctype html><html lang="{lang}" dir="{rest}"><title>Cups</title><h1>Cups</h1>'
        return web.Response(
            text=html + script,
            content_type="text/html",
            headers={"Content-Security-Policy": policy},
        )

    app = web.Application()
    app.router.add_get("/", shown)
    return app


@asynccontextmanager
async def browser(**options: Any) -> AsyncIterator["BrowserContext"]:
    playwright = pytest.importorskip("playwright.async_api", reason="the e2e extra is missing")
    async with playwright.async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        try:
            yield await chromium.new_context(**options)
        finally:
            await chromium.close()


@asynccontextmanager
async def open_page(*, query: str = "", options: Any = None, **settings: Any) -> AsyncIterator[Any]:
    """Serve the shop on one origin and the desk on another, and open the page."""
    base: list[str] = []
    async with TestServer(page_of(base)) as site:
        origin = str(site.make_url("")).rstrip("/")
        async with open_shop(origins=(origin,), **settings) as shop:
            base.append(shop.base)
            async with browser(
                **{"viewport": {"width": 900, "height": 720}, **(options or {})}
            ) as b:
                page = ShopPage(shop, await b.new_page(), f"{origin}/{query}")
                await page.page.goto(page.url)
                yield page
