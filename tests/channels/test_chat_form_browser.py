"""The form before a chat in a real browser: filled in by keyboard, corrected, sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.chat.config import FormField
from desk.ports.messages import InboundMessage
from desk.ports.outlook import Outlook
from tests.channels.chat_browser import BROWSING, open_page

pytestmark = BROWSING

FORM = (
    FormField(name="name"),
    FormField(name="email", required=True),
    FormField(name="topic", labels={"en": "What is it about?"}, choices=("An order", "A return")),
)
CONSENT = {"en": "You may keep what I write here.", "ar": "موافق"}
ASKED: dict[str, Any] = {
    "form": FORM,
    "consent": CONSENT,
    "consent_url": "https://shop.example/privacy",
}


async def test_a_visitor_fills_the_form_in_by_keyboard_and_mends_what_is_wrong() -> None:
    async with open_page(**ASKED) as page:
        await page.open()
        name = page.page.get_by_label("Name (optional)")
        await name.wait_for()
        keyboard = page.page.keyboard
        await keyboard.type("Ada")
        await keyboard.press("Tab")
        await keyboard.type("ada at home")
        await keyboard.press("Enter")
        await page.page.get_by_text("This is no e-mail address.").wait_for()
        await page.page.get_by_text("Tick this to begin.").wait_for()
        await page.page.get_by_text("Fill this in.").wait_for()
        await page.shot("form-wrong")
        address = page.page.get_by_role("textbox", name="E-mail address")
        assert await address.get_attribute("aria-invalid") == "true"
        assert await address.evaluate("a => a.getRootNode().activeElement === a")
        await keyboard.press("ControlOrMeta+a")
        await keyboard.type("ada@example.org")
        await keyboard.press("Tab")
        await keyboard.type("A ret")
        await keyboard.press("Tab")
        await keyboard.type("It came broken.")
        await keyboard.press("Tab")
        await keyboard.press("Space")
        await page.shot("form-filled")
        await page.page.get_by_role("button", name="Send").press("Enter")
        await page.sees("It came broken.")
        (said,) = await page.shop.heard(1)
        assert isinstance(said, InboundMessage)
        assert said.sender.name == "Ada"
        assert said.remarks[0].detail == "What is it about? A return"
        await page.page.get_by_role("textbox", name="Write a message").wait_for()
        assert page.complaints == []


async def test_nothing_is_taken_before_the_message_is_there_and_a_filled_field_is_not_wrong() -> (
    None
):
    async with open_page(form=(FormField(name="name"),)) as page:
        await page.open()
        form = page.page.locator("parley-chat .ask")
        await form.get_by_label("Name").fill("Ada")
        send = form.get_by_role("button", name="Send")
        await send.click()
        wrong = form.locator(".field .wrong")
        await wrong.wait_for()
        assert await wrong.all_inner_texts() == ["Fill this in."]
        await page.page.reload()
        await page.open()
        await send.click()  # the form is still there: nothing of it was taken
        await wrong.wait_for()
        message = form.get_by_role("textbox", name="Message", exact=True)
        await message.press_sequentially("M")
        await wrong.wait_for(state="detached")
        assert await message.get_attribute("aria-invalid") is None
        await message.fill("My cup?")
        await send.click()
        await page.sees("My cup?")
        assert page.complaints == []


async def test_a_closed_desk_says_when_it_opens_and_takes_a_message() -> None:
    async with open_page() as page:
        opens = datetime.now(UTC) + timedelta(days=2)
        page.shop.door.expected = Outlook(is_open=False, opens_at=opens)
        await page.open()
        await page.page.get_by_text("We are closed until").wait_for()
        await page.page.get_by_label("E-mail address").fill("ada@example.org")
        await page.page.get_by_role("textbox", name="Message", exact=True).fill("Where is my cup?")
        await page.shot("form-closed")
        await page.page.get_by_role("button", name="Send").click()
        await page.sees("Where is my cup?")
        (said,) = await page.shop.heard(1)
        assert isinstance(said, InboundMessage)
        assert said.sender.email == "ada@example.org"
        assert page.complaints == []


async def test_who_writes_just_as_the_desk_closes_is_asked_and_loses_nothing() -> None:
    async with open_page() as page:
        await page.open()
        await page.page.get_by_role("textbox", name="Write a message").wait_for()
        page.shop.door.expected = Outlook(is_open=False)
        await page.say("Where is my cup?")
        await page.page.get_by_label("E-mail address").fill("ada@example.org")
        await page.page.keyboard.press("Enter")
        (said,) = await page.shop.heard(1)
        assert isinstance(said, InboundMessage)
        assert said.text == "Where is my cup?"
        assert page.complaints == []


LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "dark": ("", {"color_scheme": "dark"}),
    "mobile-german": ("?lang=de", {"viewport": {"width": 390, "height": 780}}),
    "right-to-left": ("?lang=ar&dir=rtl", {}),
}


@pytest.mark.parametrize("look", LOOKS)
async def test_the_form_looks_well(look: str) -> None:
    query, options = LOOKS[look]
    async with open_page(query=query, options=options, **ASKED) as page:
        page.shop.door.expected = Outlook(reply_s=240)
        await page.page.locator("parley-chat .launcher").click()
        await page.page.locator("parley-chat .ask").wait_for()
        await page.page.locator("parley-chat .ask button").click()
        await page.page.locator("parley-chat .field .wrong").last.wait_for()
        await page.shot(f"form-{look}")
        assert page.complaints == []
