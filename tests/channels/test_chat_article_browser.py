"""An article card opens inside the chat, in a real browser: read, go back, miss nothing."""

from desk.ports.messages import Choice
from tests.channels.chat_browser import BROWSING, open_page
from tests.channels.chat_page import answer
from tests.channels.test_chat_articles import RETURNS

pytestmark = BROWSING

CARD = Choice(label="Returning an item", value="", url=RETURNS.url)


async def test_a_card_opens_inside_and_the_focus_comes_back_to_it() -> None:
    async with open_page() as page:
        page.shop.door.articles["returns"] = RETURNS
        await page.open()
        await page.say("How do I return a cup?")
        await page.shop.door.wait_for(1)
        visitor = page.shop.visitor()
        await page.shop.channel.send(answer(visitor, "Perhaps this helps.", choices=(CARD,)), 0)
        card = page.page.get_by_role("link", name=CARD.label)
        await card.press("Enter")
        await page.page.get_by_role("heading", name=RETURNS.title).wait_for()
        await page.page.get_by_role("article").get_by_text("label").wait_for()
        back = page.page.get_by_role("button", name="Back")
        assert await back.evaluate("node => node.getRootNode().activeElement === node")
        elsewhere = page.page.get_by_role("link", name="Open in a new tab")
        assert await elsewhere.get_attribute("href") == RETURNS.url
        assert await page.page.get_by_role("button", name="Talk to a person").is_visible()
        await page.shot("article")
        await page.shop.channel.send(answer(visitor, "Did it?", "out-2"), 0)
        await page.page.get_by_role("status").get_by_text("New message").wait_for()
        await page.page.keyboard.press("Escape")  # closes the article, not the chat
        await page.sees("Did it?")
        assert await card.evaluate("node => node.getRootNode().activeElement === node")
        assert page.complaints == []


async def test_who_writes_below_an_article_sees_the_conversation_again() -> None:
    async with open_page() as page:
        await page.open()
        await page.say("How do I return a cup?")
        await page.shop.door.wait_for(1)
        sent = answer(page.shop.visitor(), f"See {RETURNS.url}", choices=(CARD,))
        await page.shop.channel.send(sent, 0)
        await page.page.get_by_role("link", name=CARD.label).click()
        gone = page.page.get_by_role("article").get_by_text("cannot be shown here")
        await gone.wait_for()
        await page.say("I need a person")
        await page.sees("I need a person")
        assert await gone.is_hidden()


async def test_a_visitor_sends_the_conversation_to_his_address() -> None:
    async with open_page() as page:
        page.shop.door.expected = page.shop.door.expected.__class__(letters=True)
        tell = "([form]) => Object.entries(form).forEach(([k, v]) => "
        tell += "document.querySelector('parley-chat').setAttribute(k, v))"
        await page.page.evaluate(tell, [{"email": "ada@home.example"}])
        await page.open()
        await page.say("Where is my cup?")
        await page.shop.door.wait_for(1)
        options = page.page.get_by_role("button", name="Options")
        mail = page.page.get_by_role("button", name="Send by e-mail")
        await options.press("Enter")
        assert await mail.is_hidden()  # nobody has answered
        await page.page.keyboard.press("Escape")
        await page.shop.channel.send(answer(page.shop.visitor(), "On Monday."), 0)
        await page.sees("On Monday.")
        await options.press("Enter")
        await page.shot("options-mail")
        await mail.press("Enter")
        await page.page.get_by_role("status").get_by_text("on its way").wait_for()
        await page.shot("mailed")
        await page.shop.heard(2)
        assert page.complaints == []
