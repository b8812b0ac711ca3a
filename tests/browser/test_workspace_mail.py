"""What the workspace shows and offers where customers write letters: copies, traces, pictures."""

import base64

from bot.files import FolderBlobs
from desk.cases import timeline
from desk.kit.filetypes import picture_type, risk
from desk.messages.actions import StoredFile
from desk.ports.messages import Reason, Remark
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
    await screen.page.get_by_text("Details").click()
    await screen.sees("A new case: nothing known.", ".trace")


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


async def kept(screen: Screen, name: str, content: bytes, **more: object) -> StoredFile:
    """Store a file as the recorder does."""
    blobs = FolderBlobs(screen.desk.files)
    return StoredFile(
        name=name,
        mime="application/octet-stream",
        size_bytes=len(content),
        blob=await blobs.put(content),
        picture=picture_type(content),
        risk=risk(name, content),
        **more,  # type: ignore[arg-type]
    )


async def test_pictures_from_elsewhere_are_loaded_when_the_agent_says_so(screen: Screen) -> None:
    shown = await kept(screen, "cup.png", PNG * 60, content_id="cup@x", inline=True)
    html = (
        '<p>The cup <img src="cid:cup@x" alt="cup"> and '
        '<img src="https://pictures.example.org/sale.png" alt="sale"></p>'
    )
    await screen.desk.write(Written(name="Ada", text="The cup and", html=html, files=(shown,)))
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url))
    await screen.open("/workspace/1001")
    await screen.page.get_by_text("Show original formatting").click()
    frame = screen.page.frame_locator("iframe")
    assert (await frame.get_by_alt_text("cup").get_attribute("src") or "")[:15] == "data:image/png;"
    assert await frame.get_by_alt_text("sale").get_attribute("src") is None
    await screen.sees("Pictures from elsewhere are not loaded", ".images-bar")
    await screen.shot("pictures")
    assert not any("pictures.example.org" in url for url in asked)
    await screen.page.get_by_role("button", name="Always from this sender").click()
    await frame.locator("img[src*='pictures.example.org']").wait_for(state="attached")
    (identity,) = (await screen.desk.db.read(timeline.show, 1001)).customer.identities
    assert identity.shows_images
    screen.complaints.clear()  # no such server answers


async def test_pictures_are_seen_and_what_may_do_harm_is_asked_about(screen: Screen) -> None:
    files = (
        await kept(screen, "screenshot.png", PNG),
        await kept(screen, "invoice.pdf.exe", b"MZ"),
        await kept(screen, "letter.pdf", b"%PDF"),
    )
    await screen.desk.write(Written(name="Ada", text="See here", files=files))
    await screen.open("/workspace/1001")
    picture = screen.page.get_by_alt_text("screenshot.png")
    await picture.wait_for()
    assert await picture.evaluate("(n) => n.decode().then(() => n.naturalWidth)") == 1
    assert await screen.page.get_by_role("link", name="letter.pdf").count() == 1
    assert await screen.page.get_by_role("link", name="invoice.pdf.exe").count() == 0
    await screen.page.get_by_role("button", name="invoice.pdf.exe").click()
    await screen.sees("It is a program", "dialog")
    await screen.shot("risky")
    async with screen.page.expect_download() as download:
        await screen.page.get_by_role("link", name="Save it all the same").click()
    assert (await download.value).suggested_filename == "invoice.pdf.exe"


async def test_a_reply_is_undone_while_it_is_held_and_its_words_are_back(screen: Screen) -> None:
    await screen.desk.write(Written(name="Bruno", text="Where is it?", channel="telegram"))
    await screen.open("/workspace/1001")
    await screen.page.locator("#composer").fill("It left **today**.")
    await screen.press("Control+Enter")
    await screen.sees("Sent in", ".said.pending")
    await screen.shot("held")
    await screen.page.get_by_role("button", name="Undo").click()
    await screen.page.locator(".said.pending").wait_for(state="detached")
    assert await screen.page.locator("#composer").input_value() == "It left **today**."
    assert (await screen.desk.last_message()).author == "customer"
    await screen.press("Control+Enter")
    await screen.sees("Sent in", ".said.pending")
    await screen.desk.pass_time(30)
    await screen.sees("today", ".said.agent:not(.pending) strong")
    await screen.page.locator(".said.pending").wait_for(state="detached")
    assert (await screen.desk.last_message()).text == "It left **today**."


async def test_a_sender_is_blocked_and_let_in_again_from_his_case(screen: Screen) -> None:
    await screen.desk.write(Written(name="Spam", text="You have won"))
    await screen.open("/workspace/1001")
    more = screen.page.get_by_role("button", name="More about spam@example.org")
    await more.click()
    await screen.page.get_by_role("menuitem", name="Block spam@example.org").click()
    await screen.sees("blocked", ".identities")
    (identity,) = (await screen.desk.db.read(timeline.show, 1001)).customer.identities
    assert identity.blocked
    await screen.shot("blocked")
    await more.click()
    await screen.page.get_by_role("menuitem", name="Unblock").click()
    await screen.page.locator(".identities .bad").wait_for(state="detached")


async def test_a_mail_about_something_else_becomes_a_case_of_its_own_and_back(
    screen: Screen,
) -> None:
    case_id = await screen.desk.write(LETTER)
    about = (Remark("subject_changed", "Invoice"),)
    other = Written(name="Ada", text="Where is my lamp?", subject="My lamp", remarks=about)
    await screen.desk.write_again(case_id, other)
    await screen.open("/workspace/1001")
    await screen.shot("split")
    await screen.page.get_by_role("button", name="Give it a case of its own").click()
    await screen.sees("#1002 is a case of its own")
    await screen.sees("Where is my lamp?", ".timeline")
    assert await screen.page.locator("h2", has_text="My lamp").count() == 1
    await screen.page.get_by_role("button", name="Undo").click()
    await screen.sees("#1002 goes on as #1001")
    await screen.sees("Where is my lamp?", ".timeline")
    await screen.sees("Could you send", ".timeline")


async def test_a_case_is_merged_into_another_and_taken_apart_again(screen: Screen) -> None:
    await screen.desk.write(LETTER)
    await screen.desk.write(Written(name="Ada", text="The lamp flickers.", subject="My lamp"))
    await screen.open("/workspace/1002")
    await screen.page.get_by_role("button", name="More: ", exact=True).click()
    await screen.page.get_by_role("menuitem", name="Merge into another case").click()
    await screen.sees("It can be undone.")
    await screen.shot("merge")
    await screen.page.locator("dialog").get_by_role("button", name="#1001").click()
    await screen.sees("The lamp flickers.", ".timeline")
    await screen.sees("Could you send", ".timeline")
    await screen.open("/workspace/1002")
    await screen.sees("Goes on as #1001")
    await screen.shot("merged")
    await screen.page.get_by_role("button", name="Take it apart again").click()
    await screen.sees("#1002 is a case of its own again")
    await screen.sees("The lamp flickers.", ".timeline")


async def test_a_case_is_put_away_by_a_key_and_brought_back(screen: Screen) -> None:
    await screen.desk.write(LETTER)
    await screen.open("/workspace/1001")
    await screen.press("z")
    await screen.sees("It comes back then, or when the customer writes.")
    await screen.shot("snooze")
    await screen.page.get_by_role("button", name="Tomorrow morning").click()
    await screen.sees("Put away until", ".case-head")
    await screen.press("g", "z")
    await screen.row("Ada").wait_for()
    await screen.shot("snoozed")
    await screen.page.get_by_role("button", name="Bring it back").click()
    await screen.sees("#1001 is back")
    await screen.sees("Nothing is put away")


async def test_a_tag_is_put_on_by_a_key_leads_to_its_cases_and_is_taken_off(
    screen: Screen,
) -> None:
    await screen.desk.write(LETTER)
    await screen.open("/workspace/1001")
    await screen.sees("Could you send", ".said")
    await screen.press("t")
    await screen.page.get_by_label("Tag", exact=True).fill("VIP")
    await screen.press("Enter")
    await screen.sees("vip", ".tags")
    await screen.shot("tags")
    await screen.page.locator(".tags").get_by_role("button", name="vip", exact=True).click()
    await screen.sees("Tag vip", ".list")
    await screen.row("Ada").wait_for()
    await screen.page.get_by_role("button", name="Take the tag vip off").click()
    await screen.sees("No cases here")


async def test_what_is_next_is_taken_by_a_key_and_opened_and_can_be_given_back(
    screen: Screen,
) -> None:
    await screen.desk.write(LETTER)
    await screen.row("Ada").wait_for()
    await screen.press("x")
    await screen.sees("Could you send", ".said")
    await screen.sees("#1001 is with you")
    await screen.sees("Taken as the next case", ".events")
    owner = screen.page.locator(".case-bar")
    await owner.get_by_text("You", exact=True).wait_for()
    await screen.shot("next")
    await screen.press("u")
    await owner.get_by_text("Nobody", exact=True).wait_for()
    await screen.page.get_by_role("button", name="Next case", exact=True).click()
    await screen.sees("Nothing waits for you.")


async def test_an_answer_is_kept_as_a_macro_and_used_with_its_names_filled_in(
    screen: Screen,
) -> None:
    await screen.desk.write(LETTER)
    await screen.open("/workspace/1001")
    await screen.page.locator("#composer").fill("Hello {customer}, about {number}: done.\n{agent}")
    await screen.press("Escape", "m")
    await screen.page.get_by_text("Keep what is written as a macro").click()
    await screen.page.get_by_label("Name of the new macro").fill("Done")
    await screen.page.get_by_role("button", name="Keep", exact=True).click()
    await screen.sees("Kept as “Done”")
    await screen.page.locator("#composer").fill("")
    await screen.press("Escape", "m")
    await screen.page.get_by_role("button", name="Done").wait_for()
    await screen.shot("macros")
    await screen.press("Enter")
    words = await screen.page.locator("#composer").input_value()
    assert words.strip() == "Hello Ada, about #1001: done.\nAlice"
