"""The first minute in a real browser: written on a phone, answered in the workspace, read there."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.bot.demo_visit import HOST, free_ports, running_demo

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

CHROMIUM = os.environ.get("PARLEY_TEST_CHROMIUM") or shutil.which("chromium") or ""
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SHOTS = Path(__file__).parent / "shots"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def demo_port() -> Iterator[int]:
    """The port of a demo that runs for the tests of this file."""
    port = free_ports()
    with running_demo(port):
        yield port


class Newcomer:
    """Somebody with a browser, the demo page open in it."""

    def __init__(self, page: "Page", context: "BrowserContext") -> None:
        self.page = page
        self.context = context
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    async def enter(self, button: str) -> "Page":
        """Press a door of the page; return the tab that opens."""
        async with self.context.expect_page() as opening:
            await self.page.get_by_role("button", name=button).click()
        tab = await opening.value
        tab.set_default_timeout(15_000)
        return tab

    async def answer(self, tab: "Page", customer: str, words: str) -> None:
        """Open a customer's case in a workspace, and answer it."""
        await tab.get_by_role("listitem").filter(has_text=customer).first.click()
        await tab.get_by_label("Reply to the customer").fill(words)
        await tab.get_by_role("button", name="Send", exact=False).first.click()

    async def keeper(self, customer: str) -> str:
        """Return who got the customer's new case, as the page tells it."""
        opened = await self.told(f"{customer} writes")
        number = opened.split("#")[1].split()[0]
        return "Alice" if "Alice:" in await self.told("Routed to", f"#{number}") else "Bob"

    async def told(self, words: str, also: str = "") -> str:
        """Return the line of what happens now that has `words`."""
        line = self.page.locator(".story li", has_text=words).filter(has_text=also).last
        await line.wait_for()
        return await line.inner_text()

    async def shot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=SHOTS / f"demo-{name}.png")


@asynccontextmanager
async def chromium() -> AsyncIterator["Browser"]:
    playwright = pytest.importorskip("playwright.async_api", reason="the e2e extra is missing")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def newcomer(port: int, **options: Any) -> AsyncIterator[Newcomer]:
    wanted = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
    async with chromium() as browser:
        context = await browser.new_context(**wanted)
        page = await context.new_page()
        page.set_default_timeout(15_000)
        somebody = Newcomer(page, context)
        await page.goto(f"http://{HOST}:{port}/")
        await page.get_by_text("in a tab of its own").wait_for()
        yield somebody


async def test_a_message_on_a_phone_is_answered_from_the_workspace_within_a_minute(
    demo_port: int,
) -> None:
    async with newcomer(demo_port) as one:
        await one.page.locator("#bruno").get_by_role("button", name="broken leg").click()
        tab = await one.enter(f"{await one.keeper('Bruno Costa')}: Workspace")
        await one.answer(tab, "Bruno Costa", "A new leg leaves **today**. Sorry for the trouble.")
        bruno = one.page.locator("#bruno")
        await bruno.get_by_text("A new leg leaves today.").wait_for()
        assert await bruno.locator(".theirs strong").inner_text() == "today"
        await one.told("on Bruno Costa's screen")
        await one.shot("first-minute")
        await tab.screenshot(path=SHOTS / "demo-workspace.png")
    assert one.complaints == []


async def test_alice_and_sam_are_signed_in_side_by_side(demo_port: int) -> None:
    async with newcomer(demo_port) as one:
        alice = await one.enter("Alice: Workspace")
        await alice.get_by_role("list", name="My work").wait_for()
        sam = await one.enter("Sam: Wallboard")
        await sam.get_by_role("heading").first.wait_for()
        assert sam.url.endswith("/wallboard")
        await alice.reload()
        await alice.get_by_role("list", name="My work").wait_for()


async def test_mail_is_written_read_and_answered_in_its_own_program(demo_port: int) -> None:
    async with newcomer(demo_port) as one:
        dora = one.page.locator("#dora")
        await dora.get_by_role("button", name="New mail").click()
        await dora.get_by_label("Subject").fill("A scratch in the table")
        await dora.get_by_label("Your words").fill("Good morning,\n\ncan it be mended?\n\nDora")
        await dora.get_by_role("button", name="Send").click()
        tab = await one.enter(f"{await one.keeper('Dora Weiss')}: Workspace")
        await one.answer(tab, "Dora Weiss", "It can, Dora. Wax of the right colour is on its way.")
        await dora.locator(".unread").click()
        await dora.get_by_text("Wax of the right colour").wait_for()
        await dora.get_by_label("Reply").fill("Thank you.")
        await one.page.keyboard.press("Enter")
        await one.told("Dora Weiss writes again")
        await one.shot("mail")
    assert one.complaints == []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dark", {"color_scheme": "dark"}),
        ("narrow", {"viewport": {"width": 600, "height": 900}}),
    ],
)
async def test_the_page_holds_what_it_shows(
    demo_port: int, name: str, options: dict[str, Any]
) -> None:
    async with newcomer(demo_port, **options) as one:
        await one.page.frame_locator("iframe").get_by_role("button", name="Open chat").wait_for()
        await one.shot(name)
        wide = await one.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    assert one.complaints == []
