"""The widget in a real browser: what its visitors do, and what they see."""

from typing import Any

import msgspec
import pytest

from desk.kit.errors import ChannelBusy, Invalid
from desk.ports.inbound import DeliveryReported
from desk.ports.messages import Author, AuthorKind, ButtonPressed, Choice, InboundMessage
from tests.channels.chat_browser import BROWSING, open_page
from tests.channels.chat_page import answer

pytestmark = BROWSING

RICH = """Good morning. Your cup left **yesterday**:

1. packed at 09:10
2. handed to the carrier

Track it at https://carrier.example/t/123, code `AB-12`.

> Is it well wrapped?

| piece | state |
| --- | --- |
| cup | on its way |"""


async def test_a_visitor_writes_is_answered_reloads_and_finds_everything() -> None:
    async with open_page(
        greeting="Hello. How can we help?", reply_hint="Answers in minutes"
    ) as page:
        await page.shot("closed")
        await page.open()
        await page.say("Where is my cup?")
        (arrival,) = await page.shop.door.wait_for(1)
        await page.sees("Where is my cup?")
        visitor = page.shop.visitor()
        await page.shop.channel.show_typing(visitor, arrival.order_key)
        await page.page.get_by_text("Writing…").wait_for()
        await page.shop.channel.send(answer(visitor, RICH), 0)
        await page.sees("handed to the carrier")
        await page.shot("answered")
        await page.page.reload()
        await page.open()
        await page.sees("Where is my cup?")
        await page.sees("handed to the carrier")
        assert page.complaints == []


async def test_what_was_corrected_or_taken_back_looks_so_also_after_a_reload() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("When does it come?")
        await page.shop.door.wait_for(1)
        visitor, channel = page.shop.visitor(), page.shop.channel
        first = await channel.send(answer(visitor, "On Monady."), 0)
        second = await channel.send(answer(visitor, "For somebody else.", "out-2"), 0)
        await page.sees("somebody else")
        await channel.edit(answer(visitor, "On Monday."), first)
        await channel.take_back(second)
        for _ in range(2):
            await page.sees("On Monday.")
            await page.sees("Edited")
            await page.sees("This message was taken back.")
            assert await page.page.get_by_text("somebody else").count() == 0
            await page.page.reload()
            await page.open()
        assert page.complaints == []


async def test_a_page_in_german_has_a_german_chat_with_the_texts_of_its_inbox() -> None:
    own = {"de": {"person": "Zum Laden"}, "en": {"person": "To the shop"}}
    async with open_page(query="?lang=de-AT", words=own) as page:
        await page.page.get_by_role("button", name="Chat öffnen").click()
        await page.page.get_by_role("textbox", name="Nachricht schreiben").fill("Wo ist sie?")
        await page.page.get_by_role("button", name="Senden").click()
        await page.shop.door.wait_for(1)
        await page.page.get_by_role("button", name="Zum Laden").wait_for()
        too_long = page.page.get_by_role("status").get_by_text("Um 5 Zeichen zu lang.")
        await page.page.get_by_role("textbox").fill("x" * 10_005)
        await too_long.wait_for()
        await page.shot("german")
        assert page.complaints == []


async def test_without_its_language_the_chat_speaks_english() -> None:
    async with open_page(query="?lang=fi") as page:
        await page.open()
        await page.page.get_by_role("button", name="Talk to a person").wait_for()
        assert page.complaints == []


async def test_choices_answer_and_cards_lead_to_articles() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("I want to send it back")
        await page.shop.door.wait_for(1)
        choices = (
            Choice(label="Sending something back", value="a1", url="https://help.example/back"),
            Choice(label="Yes, thank you", value="helped:yes"),
            Choice(label="No", value="helped:no"),
        )
        bot = Author(kind=AuthorKind.BOT, name="Assistant")
        message = answer(page.shop.visitor(), "Does this help?", choices=choices)
        await page.shop.channel.send(msgspec.structs.replace(message, author=bot), 0)
        card = page.page.get_by_role("link", name="Sending something back")
        assert await card.get_attribute("rel") == "noopener noreferrer nofollow"
        await page.shot("choices")
        await page.page.get_by_role("button", name="No", exact=True).click()
        _, pressed = await page.shop.heard(2)
        assert isinstance(pressed, ButtonPressed)
        assert pressed.value == "helped:no"
        await page.page.get_by_role("button", name="No", exact=True).wait_for(state="detached")
        await page.page.get_by_role("button", name="Talk to a person").click()
        *_, asked = await page.shop.heard(3)
        assert isinstance(asked, InboundMessage)
        assert asked.wants_person
        assert page.complaints == []


async def test_what_is_written_while_the_desk_is_away_arrives_later_in_order() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("first")
        await page.shop.door.wait_for(1)
        page.shop.door.trouble = ChannelBusy("the disk is full", retry_after_s=0.2)
        for text in ("second", "third"):
            await page.say(text)
        await page.page.get_by_text("Sending…").last.wait_for()
        await page.shot("waiting")
        await page.page.reload()
        await page.open()
        page.shop.door.trouble = None
        heard = await page.shop.heard(3, timeout_s=15)
        texts = [said.text for said in heard if isinstance(said, InboundMessage)]
        assert texts == ["first", "second", "third"]
        await page.page.get_by_text("Sending…").first.wait_for(state="detached")


async def test_a_network_that_fails_again_and_again_loses_and_doubles_nothing() -> None:
    async with open_page() as page:
        await page.open()
        for number in range(20):
            await page.say(f"number {number}")
            if number % 4 == 3:
                page.shop.cut()
        heard = await page.shop.heard(20, timeout_s=20)
        await page.page.get_by_text("Sending…").first.wait_for(state="detached")
        await page.sees("number 19")
        texts = [said.text for said in heard if isinstance(said, InboundMessage)]
        assert texts == [f"number {number}" for number in range(20)]
        shown = await page.page.locator(".message.me .bubble").all_text_contents()
        assert shown == texts


async def test_what_is_too_long_is_said_and_stays_and_a_lost_network_is_told_at_once() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("x" * 9_999 + "😀")
        await page.page.get_by_text("Too long by 1 characters.").wait_for()
        await page.page.get_by_role("textbox", name="Write a message").press("Backspace")
        await page.page.get_by_role("button", name="Send").click()
        (said,) = await page.shop.heard(1)
        assert isinstance(said, InboundMessage)
        assert len(said.text) == 9_999
        await page.page.context.set_offline(True)
        await page.page.get_by_text("No connection.").wait_for()
        await page.page.evaluate(
            "() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }"
        )
        await page.say("second")
        await page.page.context.set_offline(False)
        assert len(await page.shop.heard(2)) == 2
        assert page.complaints == []


async def test_the_page_where_a_message_was_written_goes_with_it() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("Here")
        await page.shop.heard(1)
        await page.page.evaluate("history.pushState(null, '', '/saucers')")
        await page.say("And here")
        first, second = await page.shop.heard(2)
        assert isinstance(first, InboundMessage)
        assert isinstance(second, InboundMessage)
        assert first.context["page_url"] == page.url
        assert second.context["page_url"].endswith("/saucers")


async def test_a_refused_message_stays_and_says_why() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("hello")
        await page.shop.door.wait_for(1)
        page.shop.door.trouble = Invalid("This message cannot be taken.")
        await page.say("again")
        await page.sees("Not sent. This message cannot be taken.")
        await page.shot("refused")
        page.shop.door.trouble = None
        await page.page.get_by_role("button", name="Try again").click()
        await page.shop.door.wait_for(2)


async def test_escape_closes_and_gives_the_focus_back_and_the_badge_counts() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("Hello")
        await page.shop.door.wait_for(1)
        await page.page.keyboard.press("Escape")
        focused = "document.querySelector('parley-chat').shadowRoot.activeElement.className"
        assert await page.page.evaluate(focused) == "launcher"
        await page.shop.channel.send(answer(page.shop.visitor(), "Hello Ada"), 0)
        await page.page.get_by_role("button", name="Open chat, 1 unread message").click()
        await page.shop.door.wait_for(2)  # the receipt
        (receipt,) = page.shop.channel.parse(page.shop.door.arrivals[-1].raw)
        assert isinstance(receipt, DeliveryReported)


async def test_a_file_is_attached_and_ours_is_offered() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("Here it is")
        await page.shop.door.wait_for(1)
        picture = {"name": "cup.png", "mimeType": "image/png", "buffer": b"\x89PNG" * 5000}
        await page.page.locator("input[type=file]").set_input_files(picture)
        await page.page.get_by_role("button", name="Remove cup.png").wait_for()
        await page.shot("attached")
        await page.page.get_by_role("button", name="Send").click()
        _, said = await page.shop.heard(2)
        assert isinstance(said, InboundMessage)
        assert [file.name for file in said.attachments] == ["cup.png"]
        await page.page.get_by_role("button", name="cup.png").wait_for()
        await page.shot("file")
        assert page.complaints == []


async def test_without_websockets_the_conversation_goes_on() -> None:
    async with open_page() as page:
        await page.page.add_init_script(
            "window.WebSocket = class { send() {} close() {}"
            " constructor() { setTimeout(() => this.onclose({code: 1006})) } };"
            "Math.random = () => 0"
        )
        await page.page.goto(page.url)
        await page.open()
        await page.say("Through the proxy")
        await page.shop.door.wait_for(1)
        await page.shop.channel.send(answer(page.shop.visitor(), "And back"), 0)
        await page.sees("And back")


LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "dark": ("", {"color_scheme": "dark"}),
    "mobile-french": ("?lang=fr", {"viewport": {"width": 390, "height": 780}}),
    "right-to-left": ("?lang=ar&dir=rtl", {}),
}


@pytest.mark.parametrize("look", LOOKS)
async def test_it_looks_well_in_the_dark_on_a_phone_and_from_right_to_left(look: str) -> None:
    query, options = LOOKS[look]
    async with open_page(query=query, options=options) as page:
        await page.page.locator("parley-chat .launcher").click()
        await page.page.get_by_role("textbox").fill("أين كوبي؟" if "rtl" in query else "Hello")
        await page.page.keyboard.press("Enter")
        await page.shop.door.wait_for(1)
        await page.shop.channel.send(answer(page.shop.visitor(), RICH), 0)
        await page.sees("handed to the carrier")
        await page.shot(look)
        assert page.complaints == []
