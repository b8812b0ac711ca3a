"""The agent's workspace in a real browser: work comes live, is opened, answered, and not lost."""

from msgspec.structs import replace

from desk.cases import timeline
from desk.messages.queries import NoteView
from desk.ports.messages import Remark
from tests.browser.chromium import marks
from tests.browser.screen import Screen
from tests.browser.workspace_desk import PUBLIC_URL, Written

pytestmark = marks

ADA = Written(
    name="Ada Lindqvist",
    subject="Cup arrived with a crack",
    text="Hello,\n\nthe blue cup has a crack. See https://shop.example/cups.\n\nAda",
    html="<p>Hello, the <b>blue</b> cup has a crack.</p>",
    full_text="Hello,\n\nthe blue cup has a crack.\n\nAda\n\n> Your order is on its way, we wrote.",
)
BRUNO = Written(name="Bruno Keller", text="Where is my parcel?", channel="telegram")
COMPOSER = "#composer"


async def test_a_new_case_appears_by_itself_is_opened_by_keys_and_answered(screen: Screen) -> None:
    await screen.sees("Nothing waits for you")
    await screen.desk.write(ADA)
    await screen.sees("Ada Lindqvist", ".list")
    await screen.press("j", "Enter")
    await screen.sees("the blue cup has a crack", ".timeline")
    await screen.press("r")
    await screen.type("A new one leaves **today**.")
    await screen.press("Control+Enter")
    await screen.sees("Queued", ".timeline")
    message = await screen.desk.last_message()
    assert message.text == "A new one leaves **today**."
    await screen.desk.take(message.id)
    await screen.sees("Sent", ".timeline")
    assert await screen.page.locator(".said.agent strong", has_text="today").count() == 1
    assert await screen.page.locator(".said.pending").count() == 0
    assert screen.page.url.endswith("/workspace/1001")
    await screen.shot("answered")


async def test_that_a_customer_writes_is_said_until_his_message_is_there(screen: Screen) -> None:
    case_id = await screen.desk.write(ADA)
    other = await screen.desk.write(BRUNO)
    await screen.open(f"/workspace/{1000 + case_id}")
    line = screen.page.locator(".writing")
    assert await line.get_attribute("role") == "status"
    screen.desk.writes(other)
    screen.desk.writes(case_id)
    await line.get_by_text("Ada Lindqvist is writing…").wait_for()
    await screen.shot("writing")
    await screen.desk.write_again(case_id, replace(ADA, text="Well?"))
    await screen.sees("Well?", ".timeline")
    await line.get_by_text("is writing").wait_for(state="detached")
    assert await line.inner_text() == ""
    screen.desk.writes(case_id)
    await line.get_by_text("is writing").wait_for()
    await line.get_by_text("is writing").wait_for(state="detached", timeout=15_000)


async def test_a_note_cannot_be_taken_for_a_reply(screen: Screen) -> None:
    await screen.desk.write(ADA)
    await screen.open("/workspace/1001")
    await screen.press("n")
    box = screen.page.locator(COMPOSER)
    assert await box.get_attribute("aria-label") == "Note for colleagues"
    await screen.sees("Never sent to the customer")
    assert await screen.page.get_by_role("button", name="Send", exact=False).count() == 0
    paper = await screen.page.locator(".composer").evaluate("(n) => getComputedStyle(n).background")
    await screen.press("Escape", "r")
    plain = await screen.page.locator(".composer").evaluate("(n) => getComputedStyle(n).background")
    assert paper != plain
    await screen.press("Escape", "n")
    await screen.type("She has called **twice**.")
    await screen.press("Control+Enter")
    await screen.page.locator(".paper:has-text('Note')").wait_for()
    await screen.sees("twice", ".paper strong")
    detail = await screen.desk.db.read(timeline.show, 1001)
    assert [line.text for line in detail.timeline if isinstance(line, NoteView)] == [
        "She has called **twice**."
    ]
    assert (await screen.desk.last_message()).author == "customer"
    await screen.shot("note")


async def test_what_was_typed_is_there_after_a_reload_for_each_case_and_kind(
    screen: Screen,
) -> None:
    await screen.desk.write(ADA)
    await screen.desk.write(BRUNO)
    await screen.open("/workspace/1001")
    await screen.press("r")
    await screen.type("Half a reply")
    await screen.press("Escape", "n")
    await screen.type("Half a note")
    await screen.page.reload()
    await screen.ready()
    assert await screen.page.locator(COMPOSER).input_value() == "Half a reply"
    await screen.press("n")
    assert await screen.page.locator(COMPOSER).input_value() == "Half a note"
    await screen.open("/workspace/1002")
    assert await screen.page.locator(COMPOSER).input_value() == ""


async def test_a_reply_that_the_desk_never_got_is_shown_and_sent_again_once(
    screen: Screen,
) -> None:
    await screen.desk.write(ADA)
    await screen.open("/workspace/1001")
    await screen.sees("the blue cup", ".timeline")
    await screen.page.context.set_offline(True)
    await screen.press("r")
    await screen.type("It is on its way.")
    await screen.press("Control+Enter")
    await screen.sees("Not sent")
    await screen.sees("The desk cannot be reached.")
    assert (await screen.desk.last_message()).author == "customer"
    await screen.shot("not-sent")
    await screen.page.context.set_offline(False)
    await screen.sees("Queued", ".timeline")
    assert (await screen.desk.last_message()).text == "It is on its way."
    assert await screen.page.locator(".said.agent").count() == 1


async def test_a_reply_taken_back_is_in_the_composer_again(screen: Screen) -> None:
    await screen.desk.write(ADA)
    await screen.open("/workspace/1001")
    await screen.page.route("**/replies", lambda route: route.abort())
    await screen.press("r")
    await screen.type("Almost.")
    await screen.press("Control+Enter")
    await screen.page.get_by_role("button", name="Edit").click()
    assert await screen.page.locator(COMPOSER).input_value() == "Almost."
    assert await screen.page.locator(".said.pending").count() == 0


async def test_a_message_the_network_refused_says_why_and_can_be_sent_again(
    screen: Screen,
) -> None:
    case_id = await screen.desk.write(ADA)
    await screen.desk.answer(case_id, "It left.", refusal="550 no such person here")
    await screen.open("/workspace/1001")
    await screen.sees("Not delivered")
    await screen.sees("550 no such person here", ".timeline")
    await screen.page.get_by_role("button", name="Send again").click()
    await screen.sees("Queued", ".timeline")


async def test_a_session_that_ended_is_opened_again_in_place(screen: Screen) -> None:
    await screen.desk.write(ADA)
    await screen.open("/workspace/1001")
    await screen.press("r")
    await screen.type("Written before the session ended.")
    await screen.page.context.clear_cookies()
    screen.complaints.append("expected")
    await screen.press("Control+Enter")
    await screen.sees("You are signed out")
    await screen.type("correct horse battery")
    await screen.press("Enter")
    await screen.sees("Queued", ".timeline")
    assert (await screen.desk.last_message()).text == "Written before the session ended."
    unauthorized = [one for one in screen.complaints if "401" not in one]
    assert unauthorized == ["expected"]
    screen.complaints.clear()


async def test_quoted_mail_is_folded_and_formatting_is_shown_where_no_script_runs(
    screen: Screen,
) -> None:
    await screen.desk.write(ADA)
    await screen.open("/workspace/1001")
    assert not await screen.page.get_by_text("we wrote").is_visible()
    await screen.page.get_by_text("Show quoted text").click()
    await screen.sees("Your order is on its way, we wrote.")
    await screen.page.get_by_text("Show original formatting").click()
    frame = screen.page.frame_locator("iframe")
    assert await frame.locator("b").inner_text() == "blue"
    link = screen.page.get_by_role("link", name="https://shop.example/cups", exact=True)
    assert await link.get_attribute("href") == "https://shop.example/cups"


async def test_a_doubtful_sender_is_marked_and_a_genuine_one_too(screen: Screen) -> None:
    forged = Written(
        name="Boss",
        text="Pay this bill today.",
        genuine=False,
        remarks=(
            Remark("unverified_sender", "acrne.example"),
            Remark("looks_like_us", "acrne.example"),
            Remark("no_reply", "boss@acrne.example"),
        ),
    )
    await screen.desk.write(forged)
    await screen.desk.write(Written(name="Ada", text="Hello", genuine=True))
    await screen.open("/workspace/1001")
    await screen.sees("Unverified", ".byline")
    await screen.sees("does not stand behind this message", ".remarks")
    await screen.sees("made to look like ours", ".remarks")
    await screen.sees("Nobody reads answers to boss@acrne.example", ".remarks")
    await screen.open("/workspace/1002")
    await screen.sees("Verified", ".byline")


async def test_rows_do_not_move_under_the_pointer(screen: Screen) -> None:
    for minute, name in enumerate(["Ada", "Bruno", "Chidi"]):
        await screen.desk.write(Written(name=name, text="Hello"), minutes_ago=10 - minute)
    await screen.open("/workspace?view=all")
    assert await screen.rows() == ["Chidi", "Bruno", "Ada"]
    await screen.row("Bruno").hover()
    await screen.desk.write(Written(name="Dana", text="Hello"))
    await screen.page.get_by_role("button", name="1 new").wait_for()
    assert await screen.rows() == ["Chidi", "Bruno", "Ada"]
    await screen.page.get_by_role("button", name="1 new").click()
    assert await screen.rows() == ["Dana", "Chidi", "Bruno", "Ada"]


async def test_resolving_is_one_key_and_is_undone_by_another(screen: Screen) -> None:
    await screen.desk.write(ADA)
    await screen.open("/workspace/1001")
    await screen.sees("the blue cup", ".timeline")
    await screen.press("a")
    await screen.sees("#1001 is with you")
    await screen.press("e")
    await screen.sees("#1001: Resolved")
    await screen.page.locator(".line").wait_for(state="detached")
    await screen.press("u")
    await screen.row("Ada").wait_for()
    detail = await screen.desk.db.read(timeline.show, 1001)
    assert (detail.case.status, detail.case.assignee_name) == ("open", "Alice")


async def test_what_happened_while_the_line_was_cut_is_there_when_it_is_back(
    screen: Screen,
) -> None:
    await screen.desk.write(ADA)
    await screen.row("Ada").wait_for()
    screen.desk.cut()
    await screen.desk.write(BRUNO)
    await screen.row("Bruno").wait_for()
    await screen.page.get_by_text("No connection").wait_for(state="hidden")


async def test_a_suggested_article_is_inserted_by_one_key(screen: Screen) -> None:
    case_id = await screen.desk.write(Written(name="Bruno Keller", text="Where is my parcel?"))
    await screen.open("/workspace/1001")
    await screen.desk.suggest(case_id)
    await screen.sees("Where is my order?", ".suggestions")
    await screen.press("r", "Alt+1")
    words = await screen.page.locator(COMPOSER).input_value()
    assert words == f"[Where is my order?]({PUBLIC_URL}/help/track-order)"
    await screen.page.get_by_role("button", name="Where is my order? does not help").click()
    await (
        screen.page.locator(".suggestion")
        .get_by_text("Where is my order?")
        .wait_for(state="detached")
    )


async def test_a_file_is_attached_kept_over_a_reload_and_sent(screen: Screen) -> None:
    await screen.desk.write(ADA)
    await screen.open("/workspace/1001")
    picker = screen.page.locator("input[type=file]")
    await picker.set_input_files(
        {"name": "label.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 label"}
    )
    await screen.sees("14 bytes", ".tray")
    await screen.page.reload()
    await screen.ready()
    await screen.sees("label.pdf", ".tray")
    await screen.press("r")
    await screen.type("Here is the label.")
    await screen.press("Control+Enter")
    link = screen.page.locator(".said.agent a.file")
    await link.wait_for()
    async with screen.page.expect_download() as saved:
        await link.click()
    assert (await saved.value).suggested_filename == "label.pdf"
    (file,) = (await screen.desk.last_message()).files
    assert (file.name, file.size_bytes) == ("label.pdf", 14)
    assert await screen.page.locator(".tray .file").count() == 0


async def test_an_address_of_a_view_that_is_gone_shows_my_work(screen: Screen) -> None:
    await screen.desk.write(ADA)
    await screen.open("/workspace?view=queue:gone")
    await screen.row("Ada").wait_for()
    await screen.sees("My work", ".list-head h2")


async def test_words_under_way_keep_the_focus_while_the_case_changes(screen: Screen) -> None:
    case_id = await screen.desk.write(ADA)
    await screen.open("/workspace/1001")
    await screen.page.get_by_text("Show quoted text").click()
    await screen.press("r")
    await screen.type("Before ")
    await screen.desk.remark(case_id, "A colleague writes.")
    await screen.sees("A colleague writes.", ".paper")
    await screen.type("and after")
    assert await screen.page.locator(COMPOSER).input_value() == "Before and after"
    assert await screen.page.get_by_text("we wrote").is_visible()


async def test_a_menu_stays_open_while_the_case_changes_under_it(screen: Screen) -> None:
    case_id = await screen.desk.write(ADA)
    await screen.open("/workspace/1001")
    await screen.sees("the blue cup", ".timeline")
    await screen.press("s")
    await screen.page.get_by_role("menuitemradio", name="On hold").wait_for()
    await screen.desk.remark(case_id, "Somebody else writes a note.")
    await screen.sees("Somebody else writes a note.", ".paper")
    await screen.press("ArrowDown", "ArrowDown", "ArrowDown", "Enter")
    await screen.sees("#1001: On hold")
    assert await screen.page.evaluate("document.activeElement.id") == "status-menu"


async def test_search_presence_and_reasons_are_one_key_away(screen: Screen) -> None:
    await screen.desk.write(BRUNO)
    await screen.row("Bruno").wait_for()
    await screen.press("/")
    await screen.type("#1001")
    await screen.press("Enter")
    await screen.sees("Bruno Keller", ".pane.customer")
    await screen.sees("Telegram · by the channel", ".pane.customer")
    await screen.press("y")
    await screen.sees("Routing never decided about this case")
    await screen.press("Escape")
    await screen.page.get_by_role("button", name="Go online").click()
    await screen.page.get_by_role("button", name="Presence: Online").wait_for()
    await screen.press("?")
    await screen.sees("Write a note", "dialog")


async def test_ten_thousand_rows_draw_only_what_is_in_sight(screen: Screen) -> None:
    drawn = await screen.page.evaluate(
        """async (base) => {
          const list = await import(base + "store/list.js");
          const row = (n) => ({section: "", clocks: [], case: {
            id: n, number: n, subject: `Case ${n}`, status: "open", priority: "normal",
            channel: "email", tags: [], customer_name: `Customer ${n}`, preview: "", flag: "",
            last_message_at: new Date(1e12 - n * 1000).toISOString(), assignee_id: null}});
          list.rows.set(Array.from({length: 10000}, (_, n) => row(n + 1)));
          const scroller = document.querySelector(".scroller");
          const counts = [];
          for (const share of [0, 0.5, 1]) {
            scroller.scrollTop = scroller.scrollHeight * share;
            await new Promise((done) => setTimeout(done, 100));
            counts.push([document.querySelectorAll(".line").length,
              [...document.querySelectorAll(".row-name")].map((n) => n.textContent)]);
          }
          return counts;
        }""",
        await base_of(screen),
    )
    assert all(count < 60 for count, _ in drawn)
    assert "Customer 1" in drawn[0][1]
    assert "Customer 5000" in drawn[1][1]
    assert "Customer 10000" in drawn[2][1]


async def base_of(screen: Screen) -> str:
    """The folder the screen's scripts come from."""
    address = await screen.page.locator("script[type=module]").get_attribute("src")
    assert address
    return address.removesuffix("main.js")


async def test_an_answer_is_corrected_liked_and_taken_back_from_its_bubble(screen: Screen) -> None:
    case_id = await screen.desk.write(Written(name="Bruno", text="When?", channel="telegram"))
    await screen.desk.answer(case_id, "On Monady")
    await screen.open("/workspace/1001")
    mine = screen.page.locator(".said.agent")
    await mine.hover()
    await screen.shot("tools")
    await mine.get_by_role("button", name="Put an emoji on it").click()
    await mine.get_by_role("menuitem", name="👍").click()
    await mine.get_by_role("button", name="👍", pressed=True).wait_for()
    await mine.get_by_role("button", name="Change: ").click()
    await mine.get_by_role("menuitem", name="Edit").click()
    await screen.page.get_by_label("Message", exact=True).fill("On Monday")
    await screen.page.get_by_role("button", name="Save").click()
    await screen.sees("On Monday", ".said.agent")
    await screen.shot("corrected")
    await mine.hover()
    await mine.get_by_role("button", name="Change: ").click()
    await mine.get_by_role("menuitem", name="Take back").click()
    await screen.page.locator("dialog").get_by_role("button", name="Take back").click()
    await screen.sees("Taken back by its author.", ".said.agent")
