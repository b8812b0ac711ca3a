"""Ratings in a real browser: given by keyboard alone, and looked after by a supervisor."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from desk.cases import actions as cases
from desk.cases.rules import Status
from desk.cases.tables import cases as case_rows
from desk.events.actors import agent, customer
from desk.http import Role
from desk.messages import queries as said
from desk.messages.actions import Place, Written
from desk.satisfaction import actions, links
from desk.satisfaction.actions import Answer
from desk.satisfaction.rules import TERMS
from desk.satisfaction.tables import ratings
from tests.browser.chromium import SHOTS, chromium, complaints_of, marks
from tests.browser.screen import Screen
from tests.browser.workspace_desk import WorkDesk
from tests.browser.workspace_desk import Written as Said
from tests.desk.served import CAST, PASSWORD

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = marks

SECRET = "a secret of the tests"
WIDTH = 360
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def asked(desk: WorkDesk, language: str = "en") -> str:
    """Let Ada be asked how it went; return the address of her page."""
    await desk.write(Said(name="Ada Lovelace", text="My lamp flickers", subject="A lamp"))
    await desk.answer(1, "A new bulb is on its way.")

    def unit(c: Connection, now: datetime) -> str:
        c.execute(case_rows.update().values(language=language))
        cases.set_status(c, 1, Status.RESOLVED, actor=agent(desk.room.alice_id), now=now)
        place = said.last_place(c, 1, None)
        assert place is not None
        where = Place(case_id=1, **place._mapping)
        words = Written(text="How was our help?", html="<p>How was our help?</p>", author="bot")
        case = cases.lock(c, 1)
        rating_id = actions.ask(c, case, words, where, TERMS, now=now)
        until = c.execute(select(ratings.c.expires_at)).scalar_one()
        return links.token(SECRET, links.ANSWER, rating_id, until)

    return f"{desk.url}/rate/{await desk.db.write(unit, desk.clock.now())}"


async def test_a_customer_rates_by_keyboard_on_a_phone_without_scripts(desk: WorkDesk) -> None:
    address = await asked(desk, "de")
    async with chromium() as browser:
        phone = await browser.new_context(
            viewport={"width": WIDTH, "height": 720}, java_script_enabled=False, color_scheme="dark"
        )
        page = await phone.new_page()
        complaints = complaints_of(page)
        await page.goto(f"{address}?score=2")
        assert await page.locator("html").get_attribute("lang") == "de"
        await page.screenshot(path=SHOTS / "rate-phone.png")
        await page.get_by_role("radio", name="Schlecht", exact=True).focus()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Schnell und freundlich.")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_text("Sie können es hier noch ändern.").wait_for()
        assert await page.get_by_role("radio", name="Gut", exact=True).is_checked()
        await page.screenshot(path=SHOTS / "rate-thanks.png")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= WIDTH
        assert complaints == []
    given = select(ratings.c.score, ratings.c.comment)
    row = await desk.db.read(lambda c: c.execute(given).one())
    assert tuple(row) == (4, "Schnell und freundlich.")


async def test_a_supervisor_looks_after_a_low_rating(screen: Screen) -> None:
    await asked(screen.desk)
    low, now = Answer(score=1, comment="Nobody called back."), screen.desk.clock.now()
    ada = customer(1)
    await screen.desk.db.write(actions.answer, 1, low, TERMS, actor=ada, now=now)
    await screen.open("/workspace/1001")
    await screen.sees("Rated 1 of 5: “Nobody called back.”", ".timeline")
    await screen.sees("1 of 5 · Nobody called back.", ".customer")
    await screen.shot("rated")
    page = screen.page
    await page.context.clear_cookies()
    await page.goto(f"{screen.desk.url}/sign-in?next=/ratings%3Fwhich%3Dopen")
    await page.get_by_label("E-mail").fill(CAST[Role.SUPERVISOR][1])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await screen.sees("To look after (1)")
    await screen.sees("Nobody called back.")
    await shots(page, "ratings")
    await page.get_by_role("button", name="Looked after #1001").focus()
    await page.keyboard.press("Enter")
    await screen.sees("Nothing to look after.")
    await asyncio.to_thread(ZoneInfo, "UTC")  # a file, read once
    await page.goto(f"{screen.desk.url}/reports/ratings")
    await screen.sees("1 of 1")
    await shots(page, "reports-ratings")
    await page.goto(f"{screen.desk.url}/ratings")
    await screen.sees("looked after by Sam")


async def test_office_pages_fit_a_phone_and_are_found_from_the_workspace(screen: Screen) -> None:
    await asked(screen.desk)
    low, now = Answer(score=1, comment="Nobody called back."), screen.desk.clock.now()
    await screen.desk.db.write(actions.answer, 1, low, TERMS, actor=customer(1), now=now)
    page = screen.page
    await page.goto("about:blank")  # the workspace would ask on without its cookie
    await page.context.clear_cookies()
    await page.goto(f"{screen.desk.url}/sign-in?next=/workspace")
    await page.get_by_label("E-mail").fill(CAST[Role.ADMIN][1])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await screen.ready()
    pages = page.get_by_role("navigation", name="Views").locator("ul").last.get_by_role("link")
    names = ["Wallboard", "Promises", "Ratings", "Inboxes", "Set aside", "Privacy"]
    assert await pages.all_inner_texts() == names
    await page.locator(".menu-button.me").click()
    await page.get_by_role("menuitem", name="Accounts").wait_for()
    await screen.shot("menus")
    await page.set_viewport_size({"width": 390, "height": 780})
    await asyncio.to_thread(ZoneInfo, "UTC")  # a file, read once
    for path in ("ratings", "inboxes", "reports/ratings", "notices"):
        await page.goto(f"{screen.desk.url}/{path}")
        await page.screenshot(path=SHOTS / f"phone-{path.replace('/', '-')}.png")
        assert await page.evaluate("document.documentElement.scrollWidth") == 390, path
        current = page.get_by_role("navigation", name="Supervisor").locator("[aria-current]")
        assert await current.inner_text() == path.split("/")[-1].capitalize()


async def shots(page: "Page", name: str) -> None:
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=SHOTS / f"{name}-{scheme}.png", full_page=True)
