"""The bell in a real browser: what is new is counted, opened and seen."""

from desk.notices import actions
from desk.notices.actions import Told
from desk.notices.rules import Kind
from tests.browser.chromium import marks
from tests.browser.screen import Screen
from tests.browser.workspace_desk import Written
from tests.desk.served import MONDAY

pytestmark = marks


async def test_the_bell_counts_leads_to_the_case_and_is_quiet_then(screen: Screen) -> None:
    await screen.desk.write(Written(name="Ada Lovelace", text="My lamp flickers"))
    await screen.open("/workspace")
    told = Told(kind=Kind.MENTIONED, case_id=1, detail="@Alice do you know this lamp?", by="Bob")
    await screen.desk.db.write(actions.tell, screen.desk.room.alice_id, told, now=MONDAY)
    await screen.sees("1", ".bell .count")
    await screen.page.locator(".bell").click()
    await screen.sees("#1001 mentions you · Bob", ".menu")
    await screen.shot("bell")
    await screen.page.get_by_role("menuitem", name="#1001 mentions you").click()
    await screen.page.locator(".bell .count").wait_for(state="detached")
    await screen.sees("My lamp flickers", ".case")
    await screen.page.goto(f"{screen.desk.url}/notices")
    await screen.sees("do you know this lamp?")
    await screen.shot("notices")


async def test_a_colleague_is_offered_after_an_at_and_called(screen: Screen) -> None:
    await screen.desk.write(Written(name="Ada Lovelace", text="My lamp flickers"))
    await screen.open("/workspace/1001")
    await screen.press("n")
    await screen.type("Hello @ol")
    await screen.sees("Olga", ".mentions")
    await screen.shot("mentions")
    await screen.press("Enter")
    await screen.type("do you know it?")
    box = screen.page.locator("#composer")
    assert (await box.input_value()).endswith(" do you know it?")
    assert (await box.input_value()).startswith("Hello @Olga ")
    await screen.page.locator(".mentions").wait_for(state="hidden")
    await screen.press("Control+Enter")
    await screen.sees("do you know it?", ".paper")
