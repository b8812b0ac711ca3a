"""A headless Chromium for tests: where it is, how it is started, and what it complained about."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Page

CHROMIUM = os.environ.get("PARLEY_TEST_CHROMIUM") or shutil.which("chromium") or ""
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SHOTS = Path(__file__).parent / "shots"

marks = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]


@asynccontextmanager
async def chromium() -> AsyncIterator["Browser"]:
    """Start a browser; it is closed when the context is left."""
    playwright = pytest.importorskip("playwright.async_api", reason="the e2e extra is missing")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        try:
            yield browser
        finally:
            await browser.close()


def complaints_of(page: "Page") -> list[str]:
    """Return the list that every error and warning of `page` is added to from now on.

    A request that got no answer is the network's fault, not the page's: those are left out.
    """
    found: list[str] = []

    def heard(message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning") and "net::ERR" not in message.text:
            found.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
