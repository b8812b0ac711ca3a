"""What an open chat has besides, in a real browser: emoji, users, files to keep, shared sockets."""

import asyncio

from desk.ports.messages import InboundMessage, MessageReacted
from tests.channels.chat_browser import BROWSING, ShopPage, open_page
from tests.channels.chat_page import answer
from tests.channels.test_chat_identity import SECRET, token

pytestmark = BROWSING


async def test_emoji_are_put_and_taken_back_by_keyboard_and_ours_are_seen() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("Where is my cup?")
        (arrival,) = await page.shop.door.wait_for(1)
        await page.shop.channel.send(answer(page.shop.visitor(), "It comes on Monday."), 0)
        await page.sees("It comes on Monday.")
        await page.shop.channel.react(arrival.dedupe_key, ["🎉"])
        chips = page.page.get_by_role("group", name="Reactions")
        await chips.get_by_text("🎉").wait_for()
        opener = page.page.get_by_role("button", name="React")
        await opener.press("Enter")
        await page.page.keyboard.press("Escape")  # closes the choice, not the chat
        await opener.press("Enter")
        await page.page.keyboard.press("ArrowRight")
        await page.shot("emoji-choice")
        await page.page.keyboard.press("Enter")
        _, put = await page.shop.heard(2)
        assert isinstance(put, MessageReacted)
        assert put.added == ("❤",)
        mine = chips.get_by_role("button")
        await mine.wait_for()
        await page.shot("emoji")
        await page.page.reload()
        await page.open()
        await mine.click()
        await mine.wait_for(state="detached")
        *_, gone = await page.shop.heard(3)
        assert isinstance(gone, MessageReacted)
        assert gone.removed == ("❤",)
        assert page.complaints == []


async def test_a_site_names_its_user_and_logs_him_out_on_all_its_pages() -> None:
    async with open_page(identity_secret=f"plain:{SECRET}") as page:
        call = "([name, told]) => document.querySelector('parley-chat')[name](told)"
        await page.page.evaluate(call, ["setContext", {"Cart": "3 cups"}])
        await page.page.evaluate(call, ["identify", {"jwt": token(name="Ada")}])
        await page.open()
        await page.say("Where is my cup?")
        (said,) = await page.shop.heard(1)
        assert isinstance(said, InboundMessage)
        assert (said.sender.external_id, said.sender.name) == ("ada-1", "Ada")
        assert "Cart: 3 cups" in [one.detail for one in said.remarks]
        other = await page.page.context.new_page()
        await other.goto(page.url)
        await other.get_by_role("button", name="Open chat").click()
        await other.get_by_role("log").get_by_text("Where is my cup?").wait_for()
        await page.page.evaluate(call, ["logout", None])
        for one in (page.page, other):
            await one.get_by_text("Where is my cup?").wait_for(state="detached")
        await page.open()
        await page.say("Somebody else")
        *_, last = await page.shop.heard(2)
        assert isinstance(last, InboundMessage)
        assert last.sender.external_id is None
        assert last.sender.address != said.sender.address


AWAY = """
  window.away = true;
  const as = (name, get) => Object.defineProperty(document, name, { get });
  as("hidden", () => window.away);
  as("visibilityState", () => (window.away ? "hidden" : "visible"));
"""


async def test_a_conversation_is_saved_and_a_hidden_page_calls_by_its_title() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("Where is my cup?")
        await page.shop.door.wait_for(1)
        await page.sees("Where is my cup?")
        options = page.page.get_by_role("button", name="Options")
        await options.press("Enter")
        await page.shot("options")
        await page.page.keyboard.press("Escape")  # closes the menu alone
        await options.press("Enter")
        async with page.page.expect_download() as saved:
            await page.page.get_by_role("button", name="Save as a file").press("Enter")
        text = await asyncio.to_thread((await (await saved.value).path()).read_text, "utf-8")
        assert "You:\nWhere is my cup?" in text
        await options.click()
        await page.page.get_by_role("button", name="Sound on").click()
        await options.click()
        await page.page.get_by_role("button", name="Sound off").wait_for()
        await page.page.evaluate(AWAY)
        await page.shop.channel.send(answer(page.shop.visitor(), "It comes on Monday."), 0)
        await page.page.wait_for_function("document.title === '1 unread message · Cups'")
        await page.page.evaluate(
            "window.away = false; document.dispatchEvent(new Event('visibilitychange'))"
        )
        await page.page.wait_for_function("document.title === 'Cups'")
        assert page.complaints == []


async def test_pages_of_one_browser_share_one_socket_and_the_next_takes_over() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("first")
        await page.sees("first")
        (arrival,) = await page.shop.door.wait_for(1)
        second = ShopPage(page.shop, await page.page.context.new_page(), page.url)
        await second.page.goto(page.url)
        await second.open()
        await second.say("second")
        await second.sees("second")
        await page.sees("second")
        await page.shop.channel.send(answer(page.shop.visitor(), "An answer for both"), 0)
        for one in (page, second):
            await one.sees("An answer for both")
        assert page.shop.pages(arrival.order_key) == 1
        await page.page.close()
        await second.say("third")
        texts = [said.text for said in await page.shop.heard(3) if isinstance(said, InboundMessage)]
        assert texts == ["first", "second", "third"]
        await page.shop.channel.send(answer(page.shop.visitor(), "Still here", "out-2"), 0)
        await second.sees("Still here")
        assert second.complaints == []
