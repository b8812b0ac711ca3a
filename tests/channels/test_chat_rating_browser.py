"""A rating in the widget, in a real browser: five buttons, one press, and what is left of it."""

from desk.ports.messages import ButtonPressed, Choice
from tests.channels.chat_browser import BROWSING, SHOTS, open_page
from tests.channels.chat_page import answer

pytestmark = BROWSING

FIVE = tuple(Choice(label=f"{n} 🙂", value=f"rating:{n}") for n in range(1, 6))
PAGE = "https://desk.example/rate/7.1.mark"


async def test_a_press_counts_and_a_link_to_say_more_takes_the_buttons_place() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("When does it come?")
        await page.shop.door.wait_for(1)
        visitor, channel = page.shop.visitor(), page.shop.channel
        sent = await channel.send(answer(visitor, "How was our help?", choices=FIVE), 0)
        await page.sees("How was our help?")
        await page.page.screenshot(path=SHOTS / "chat-rating.png")
        await page.page.get_by_role("button", name="4 🙂").click()
        *_, pressed = await page.shop.heard(2)
        assert isinstance(pressed, ButtonPressed)
        assert (pressed.value, pressed.source_external_id) == ("rating:4", sent)
        given = f"You chose 4 of 5. Thank you.\n\n[Say more, or change it]({PAGE})"
        await channel.edit(answer(visitor, given), sent)
        await page.sees("You chose 4 of 5.")
        assert await page.page.get_by_role("button", name="5 🙂").count() == 0
        link = page.page.get_by_role("link", name="Say more, or change it")
        assert await link.get_attribute("href") == PAGE
        await page.page.screenshot(path=SHOTS / "chat-rated.png")
        assert page.complaints == []
