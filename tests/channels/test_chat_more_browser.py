"""What an open chat has besides, in a real browser: emoji, users, files to keep, shared sockets."""

import asyncio

from desk.ports.messages import InboundMessage, MessageDeleted, MessageEdited, MessageReacted
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


async def test_a_message_is_edited_and_taken_back_by_keyboard_alone() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("I paid 12 EUR.")
        await page.sees("I paid 12 EUR.")
        box = page.page.get_by_role("textbox", name="Write a message")
        await box.fill("And one thing")
        opener = page.page.get_by_role("button", name="Change this message")
        await opener.press("Enter")
        await page.shot("change")
        await page.page.keyboard.press("Enter")
        assert await box.input_value() == "I paid 12 EUR."
        await page.page.keyboard.press("Escape")  # leaves the change, not the chat
        assert await box.input_value() == "And one thing"
        await opener.press("Enter")
        await page.page.keyboard.press("Enter")
        await box.fill("I paid 21 EUR.")
        await page.shot("changing")
        await page.page.keyboard.press("Enter")
        await page.sees("I paid 21 EUR.")
        await page.sees("Edited")
        assert await box.input_value() == "And one thing"
        _, edited = await page.shop.heard(2)
        assert isinstance(edited, MessageEdited)
        assert edited.text == "I paid 21 EUR."
        await opener.press("Enter")
        await page.page.keyboard.press("ArrowRight")
        await page.page.keyboard.press("Enter")
        await page.sees("This message was taken back.")
        *_, gone = await page.shop.heard(3)
        assert isinstance(gone, MessageDeleted)
        await opener.wait_for(state="detached")
        await page.page.reload()
        await page.open()
        await page.sees("This message was taken back.")
        await page.shot("taken-back")
        assert page.complaints == []


async def test_a_change_made_without_a_line_is_shown_and_sent_when_it_is_back() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("I paid 12 EUR.")
        await page.sees("I paid 12 EUR.")
        await page.shop.door.wait_for(1)
        await page.page.context.set_offline(True)
        await page.page.get_by_role("button", name="Change this message").press("Enter")
        await page.page.keyboard.press("Enter")
        await page.page.get_by_role("textbox", name="Write a message").fill("I paid 21 EUR.")
        await page.page.keyboard.press("Enter")
        await page.sees("I paid 21 EUR.")
        await page.sees("Sending…")
        assert len(page.shop.door.arrivals) == 1
        await page.page.context.set_offline(False)
        await page.sees("Edited")
        _, edited = await page.shop.heard(2)
        assert isinstance(edited, MessageEdited)


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
        await other.evaluate(call, ["identify", {"jwt": token(name="Ada")}])
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


async def test_a_page_that_names_nobody_shows_and_takes_nothing_of_a_named_user() -> None:
    async with open_page(identity_secret=f"plain:{SECRET}", sessions_per_minute=3) as page:
        call = "([name, told]) => document.querySelector('parley-chat')[name](told)"
        await page.page.evaluate(call, ["identify", {"jwt": token(name="Ada")}])
        await page.open()
        await page.say("My address is Rosenweg 17")
        await page.shop.heard(1)
        nobody = await page.page.context.new_page()
        await nobody.goto(page.url)
        await nobody.get_by_role("button", name="Open chat").click()
        await nobody.get_by_role("log").get_by_text("How can we help").wait_for()
        assert await nobody.get_by_text("Rosenweg").count() == 0
        await nobody.get_by_role("textbox", name="Write a message").fill("I am nobody")
        await nobody.keyboard.press("Enter")
        first, second = await page.shop.heard(2)
        assert isinstance(first, InboundMessage)
        assert isinstance(second, InboundMessage)
        assert (first.sender.external_id, second.sender.external_id) == ("ada-1", None)
        await page.say("I am still Ada")  # what the other page did is nothing to this one
        third = (await page.shop.heard(3))[2]
        assert isinstance(third, InboundMessage)
        assert third.sender == first.sender
        for _ in range(4):
            await page.page.reload()
            await page.page.evaluate(call, ["identify", {"jwt": token(name="Ada")}])
            await page.open()
            await page.sees("I am still Ada")
            assert await page.page.get_by_text("I am nobody").count() == 0


async def test_who_is_named_in_the_middle_takes_along_what_he_wrote() -> None:
    async with open_page(identity_secret=f"plain:{SECRET}") as page:
        await page.open()
        await page.say("Where is my cup?")
        await page.shop.heard(1)
        await page.sees("Where is my cup?")
        call = "([name, told]) => document.querySelector('parley-chat')[name](told)"
        await page.page.reload()
        await page.page.evaluate(call, ["identify", {"jwt": token(name="Ada")}])
        await page.open()
        await page.sees("Where is my cup?")
        await page.say("It is me")
        first, second = await page.shop.heard(2)
        assert isinstance(first, InboundMessage)
        assert isinstance(second, InboundMessage)
        assert (second.sender.external_id, second.thread) == ("ada-1", first.thread)
        nobody = await page.page.context.new_page()
        await nobody.goto(page.url)
        await nobody.get_by_role("button", name="Open chat").click()
        await nobody.get_by_role("log").get_by_text("How can we help").wait_for()
        assert await nobody.get_by_text("It is me").count() == 0


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
