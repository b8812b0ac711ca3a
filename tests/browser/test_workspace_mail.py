"""What the workspace shows and offers where customers write letters: copies, traces, bounces."""

from desk.ports.messages import Reason
from tests.browser.chromium import marks
from tests.browser.screen import Screen
from tests.browser.workspace_desk import Written

pytestmark = marks

COPIES = ".copies"
LETTER = Written(
    name="Ada",
    text="Could you send the invoice to all of us?",
    subject="Invoice",
    recipients=("bob@example.org", "carol@example.org"),
    trace=(Reason("case", "A new case: nothing known."),),
)


async def test_a_copy_goes_to_whom_the_customer_wrote_unless_the_agent_says_else(
    screen: Screen,
) -> None:
    await screen.desk.write(LETTER)
    await screen.open("/workspace/1001")
    await screen.sees("Also to bob@example.org, carol@example.org", ".timeline")
    await screen.sees("carol@example.org", COPIES)
    await screen.page.get_by_role("button", name="No copy to carol@example.org").click()
    box = screen.page.get_by_label("Add an address for a copy")
    await box.fill("Dan@example.org")
    await box.press("Enter")
    await screen.sees("dan@example.org", COPIES)
    await screen.press("Escape")
    await screen.page.locator("#composer").fill("Here it is.")
    await screen.shot("copies")
    await screen.press("Control+Enter")
    await screen.sees("Cc bob@example.org, dan@example.org", ".said.agent")
    assert (await screen.desk.last_message()).recipients == ["bob@example.org", "dan@example.org"]
    await screen.sees("carol@example.org", COPIES)  # the next reply begins anew


async def test_what_is_no_address_is_not_taken_for_one(screen: Screen) -> None:
    await screen.desk.write(Written(name="Ada", text="Hello"))
    await screen.open("/workspace/1001")
    assert not await screen.page.locator(COPIES).is_visible()
    await screen.page.get_by_role("button", name="Cc", exact=True).click()
    box = screen.page.get_by_label("Add an address for a copy")
    await box.fill("dan at example")
    await screen.page.locator("#composer").fill("Hello")
    await screen.press("Control+Enter")
    assert await box.evaluate("(n) => n.validationMessage") == "dan is no mail address."
    assert (await screen.desk.last_message()).author == "customer"
    assert await screen.page.locator("#composer").input_value() == "Hello"


async def test_a_chat_has_no_copies_and_a_note_goes_to_nobody(screen: Screen) -> None:
    await screen.desk.write(Written(name="Chidi", text="Hello", channel="chat"))
    await screen.desk.write(LETTER)
    await screen.open("/workspace/1001")
    assert await screen.page.get_by_role("button", name="Cc", exact=True).count() == 0
    await screen.open("/workspace/1002")
    await screen.press("n")
    assert not await screen.page.locator(COPIES).is_visible()


async def test_a_message_tells_why_it_is_here(screen: Screen) -> None:
    await screen.desk.write(LETTER)
    await screen.open("/workspace/1001")
    await screen.page.get_by_text("Why is this here?").click()
    await screen.sees("A new case: nothing known.", ".trace")
