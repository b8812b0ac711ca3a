"""An office of many behind one address, in a real browser."""

from tests.channels.chat_browser import BROWSING, open_page

pytestmark = BROWSING


async def test_the_next_one_of_an_office_chats_all_the_same() -> None:
    async with open_page(sessions_per_minute=1) as page:
        headers = {"Origin": page.url.rstrip("/")}
        async with page.shop.http.post(page.shop.url("session"), headers=headers) as first:
            assert first.status == 200
        await page.open()
        await page.say("Where is my cup?")
        await page.shop.door.wait_for(1)
        await page.sees("Where is my cup?")
