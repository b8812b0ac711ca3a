"""The picture of the README: `python -m tests.browser.picture` plays a scene and takes it."""

import asyncio
from pathlib import Path

from tests.bot.demo_visit import Visit, free_ports, running_demo, visit
from tests.browser.test_demo import Newcomer, newcomer

PICTURE = Path(__file__).parents[2] / "docs" / "demo.png"
SIZE = {"width": 1600, "height": 840}

ANSWERS = {
    "Chidi Okafor": "Twelve *Alder* desks by Friday are possible. From ten on:\n\n"
    "- delivery is free\n- we assemble them on site",
    "Dora Weiss": "Good morning Dora,\n\nit can. A stick of wax in the colour of your table is "
    "on its way to you, with a cloth and a short guide.",
    "Ada Lund": "Hello Ada. Two years on all of it, and the legs are screwed on: should one ever "
    "give way, we send you a new one.",
    "Bruno Costa": "Sorry about that, Bruno. A new leg leaves **today** and is with you on "
    "Thursday. Screws and key are in the box.",
}


async def main() -> None:
    """Write on every phone, answer each as whoever has the case, and take the picture."""
    port = free_ports()
    with running_demo(port):
        async with visit(port) as alice, visit(port) as bob, newcomer(port, viewport=SIZE) as one:
            people = {"Alice": alice, "Bob": bob}
            for name, who in people.items():
                await who.sign_in(name.lower())
            await _write(one)
            for customer, words in ANSWERS.items():
                if customer == "Bruno Costa":
                    await _begin(one, "#bruno", "broken leg")
                await _answer(alice, people, customer, words)
            await _thank(one)
            await one.page.wait_for_timeout(1500)
            await one.page.screenshot(path=PICTURE)


async def _write(one: Newcomer) -> None:
    page = one.page
    await page.locator("#dora").get_by_role("button", name="New mail").click()
    await page.get_by_label("Subject").fill("A scratch in the table")
    letter = (
        "Good morning,\n\nour oak table has a scratch at the edge. Can it be mended?\n\nDora Weiss"
    )
    await page.get_by_label("Your words").fill(letter)
    await page.locator("#dora").get_by_role("button", name="Send").click()
    await _begin(one, "#chidi", "twelve desks")
    shop = page.frame_locator("iframe")
    await shop.get_by_role("button", name="Ask about this chair").click()
    await shop.get_by_role("textbox", name="Write a message").fill("How long is the warranty?")
    await shop.get_by_role("textbox", name="Write a message").press("Enter")
    await shop.get_by_role("log").get_by_role("button", name="Talk to a person").click()


async def _begin(one: Newcomer, phone: str, words: str) -> None:
    await one.page.locator(phone).get_by_role("button", name=words).click()


async def _answer(reader: Visit, people: dict[str, Visit], customer: str, words: str) -> None:
    case = await reader.case_of(customer)
    await people[case["assignee_name"]].reply(case["number"], words)


async def _thank(one: Newcomer) -> None:
    page = one.page
    await page.locator("#dora .unread").click()
    await page.locator("#bruno").get_by_text("Thursday").wait_for()
    await page.locator("#bruno").get_by_label("Message").fill("Great, thank you!")
    await page.locator("#bruno").get_by_label("Message").press("Enter")
    await page.frame_locator("iframe").get_by_text("give way").wait_for()
    await page.locator("#switch").evaluate("document.activeElement.blur()")


if __name__ == "__main__":
    asyncio.run(main())
