"""An agent's screen as a test drives it: by keys and by what can be read on it."""

from typing import TYPE_CHECKING

from desk.http import Role
from tests.browser.chromium import SHOTS, complaints_of
from tests.browser.workspace_desk import WorkDesk
from tests.desk.served import CAST, PASSWORD

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


class Screen:
    """One tab with the workspace."""

    def __init__(self, desk: WorkDesk, page: "Page") -> None:
        self.desk = desk
        self.page = page
        self.complaints = complaints_of(page)
        page.set_default_timeout(5000)

    async def sign_in(self) -> None:
        """Sign in by the form, which leads to the workspace."""
        await self.page.goto(f"{self.desk.url}/sign-in?next=/workspace")
        await self.page.get_by_label("E-mail").fill(CAST[Role.AGENT][1])
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.ready()

    async def ready(self) -> None:
        """Wait until the screen is drawn."""
        await self.page.locator("body[data-ready]").wait_for()

    async def open(self, path: str) -> None:
        """Go to another address of the workspace."""
        await self.page.goto(f"{self.desk.url}{path}")
        await self.ready()

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def sees(self, text: str, where: str = "body") -> None:
        """Wait until `text` can be read."""
        await self.page.locator(where).get_by_text(text).first.wait_for()

    def row(self, name: str) -> "Locator":
        """The row of a case in the list."""
        return self.page.locator(".line").filter(has_text=name)

    async def rows(self) -> list[str]:
        """The customers of the rows that are drawn, from the top."""
        found: list[str] = await self.page.evaluate(
            """() => [...document.querySelectorAll('.line')]
              .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
              .map((line) => line.querySelector('.row-name').textContent)"""
        )
        return found

    async def shot(self, name: str) -> None:
        await self.page.screenshot(path=SHOTS / f"workspace-{name}.png")
