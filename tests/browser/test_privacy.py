"""Privacy in a real browser: an admin asks for an archive and an erasure, and calls it off."""

from desk.http import Role
from tests.browser.chromium import SHOTS, marks
from tests.browser.screen import Screen
from tests.browser.workspace_desk import Written
from tests.desk.served import CAST, PASSWORD

pytestmark = marks


async def test_an_erasure_needs_the_name_and_can_be_called_off(screen: Screen) -> None:
    await screen.desk.write(Written(name="Ada Lovelace", text="My lamp flickers"))
    page = screen.page
    await page.context.clear_cookies()
    await page.goto(f"{screen.desk.url}/sign-in?next=/workspace/1001")
    await page.get_by_label("E-mail").fill(CAST[Role.ADMIN][1])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    pane = page.get_by_role("complementary", name="Customer")
    await pane.get_by_role("link", name="Privacy").click()
    await screen.sees("One zip file with all that is kept")
    await page.screenshot(path=SHOTS / "privacy-customer.png")
    await page.get_by_role("button", name="Make an archive").click()
    await screen.sees("Ada Lovelace")
    await page.go_back()
    await page.get_by_label("Type “Ada Lovelace” to confirm").fill("Ada Lovelace")
    await page.get_by_role("button", name="Erase in ten minutes").click()
    await screen.sees("begins at")
    await page.screenshot(path=SHOTS / "privacy.png")
    await page.get_by_role("button", name="Call off").first.click()
    await screen.sees("called off")
