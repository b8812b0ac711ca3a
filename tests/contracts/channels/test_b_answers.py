"""What agents send."""

from tests.contracts.channels.house import Side
from tests.contracts.channels.phones import File
from tests.contracts.channels.table import contract, instead

ASKED = "When does it come?"
RICH = """# Your order

It comes on **Monday**, not on ~~Friday~~; *really*. Follow it [here](https://shop.example/track).

| day | hour |
|---|---|
| Monday | 12:00 |

- a chair
    - with `four` legs

> Where is it?

![the chair](https://shop.example/chair.png)"""
EVERY_WORD = [
    *("Your order", "Monday", "Friday", "really", "here", "day", "hour", "12:00"),
    *("a chair", "with", "four", "legs", "Where is it?", "chair"),
]


@contract("An answer arrives once, and is shown as arrived")
async def test_an_answer_arrives_once(side: Side) -> None:
    await side.write(ASKED)
    answer = await side.arrived(await side.answer("It comes on Monday."))
    await side.phone.reads("It comes on Monday.")
    assert await side.phone.times_read("It comes on Monday.") == 1
    assert answer.deliveries[0].attempts == 1


@contract("Rich text is shown rich: bold is bold, a link is a link", needs="rich")
async def test_rich_text_is_shown_rich(side: Side) -> None:
    await side.write(ASKED)
    await side.arrived(await side.answer(RICH))
    shown = await side.phone.reads("Monday")
    assert "Monday" in shown.bold
    assert "https://shop.example/track" in shown.links


@contract("What a network cannot show is degraded, never dropped: every word arrives")
async def test_every_word_of_rich_text_arrives(side: Side) -> None:
    await side.write(ASKED)
    await side.arrived(await side.answer(RICH))
    shown = await side.phone.reads("Monday")
    assert [word for word in EVERY_WORD if word not in shown.text] == []
    assert "**" not in shown.text


@contract("An answer stands under the message it answers", only=("email", "telegram", "slack"))
async def test_an_answer_stands_under_its_question(side: Side) -> None:
    asked = await side.write(ASKED)
    await side.arrived(await side.answer("On Monday."))
    assert (await side.phone.reads("On Monday.")).answers == asked


@contract("The customer reads who answers him", undone=("telegram",))
async def test_the_customer_reads_who_answers(side: Side) -> None:
    await side.write(ASKED)
    await side.arrived(await side.answer("On Monday."))
    assert "Alice" in (await side.phone.reads("On Monday.")).author


@contract("A file of ours arrives byte for byte, under its name")
async def test_a_file_of_ours_arrives(side: Side) -> None:
    bill = File("bill n° 1 ☕.pdf", b"%PDF-1.7 " + bytes(range(256)))
    await side.write(ASKED)
    await side.arrived(await side.answer("Here is the bill.", [bill]))
    (file,) = (await side.phone.sees(lambda one: one.files)).files
    assert (file.name, file.content) == (bill.name, bill.content)


@contract("Files sent together arrive all, in order, after the words")
async def test_an_album_of_ours_arrives_in_order(side: Side) -> None:
    album = [File(f"page {number}.pdf", b"%PDF" + b"x" * number) for number in range(1, 4)]
    await side.write(ASKED)
    await side.arrived(await side.answer("All pages:", album))
    await side.phone.sees(lambda one: "page 3.pdf" in [file.name for file in one.files])
    seen = await side.phone.seen()
    assert "All pages:" in seen[0].text
    assert [file.name for one in seen for file in one.files] == [file.name for file in album]


@contract("Answers keep their order")
async def test_answers_keep_their_order(side: Side) -> None:
    await side.write(ASKED)
    words = [f"answer {number}" for number in range(3)]
    given = [await side.answer(text) for text in words]
    await side.arrived(given[-1])
    await side.phone.reads(words[-1])
    seen = [one.text for one in await side.phone.seen()]
    assert [word for text in seen for word in words if word in text] == words


@contract("An answer that arrived can be corrected there", needs="edits_own")
async def test_an_answer_is_corrected_there(side: Side) -> None:
    await side.write(ASKED)
    answer = await side.arrived(await side.answer("It comes on Monady."))
    before = await side.phone.reads("Monady")
    await side.asked("PUT", f"messages/{answer.id}/text", text="It comes on **Monday**.")
    after = await side.phone.reads("It comes on Monday.")
    assert (after.id, after.edited, after.bold) == (before.id, True, ("Monday",))
    assert await side.phone.times_read("Monady") == 0


@instead(test_an_answer_is_corrected_there, "the desk refuses the correction in a sentence")
async def test_a_correction_is_refused_in_a_sentence(side: Side) -> None:
    await side.write(ASKED)
    answer = await side.arrived(await side.answer("It comes on Monady."))
    words = await side.refused("PUT", f"messages/{answer.id}/text", text="On Monday.")
    assert "what was sent stays as it is" in words
    assert (await side.message(answer.id)).text == "It comes on Monady."


@contract("An answer that arrived can be taken back there", needs="deletes_own")
async def test_an_answer_is_taken_back_there(side: Side) -> None:
    await side.write(ASKED)
    answer = await side.arrived(await side.answer("For Bob only: 4711."))
    await side.phone.reads("4711")
    await side.asked("DELETE", f"messages/{answer.id}")
    while await side.phone.times_read("4711"):
        await side.phone.stirred()
    assert (await side.message(answer.id)).deleted


@instead(test_an_answer_is_taken_back_there, "the desk refuses to take it back, in a sentence")
async def test_taking_back_is_refused_in_a_sentence(side: Side) -> None:
    await side.write(ASKED)
    answer = await side.arrived(await side.answer("For Bob only: 4711."))
    words = await side.refused("DELETE", f"messages/{answer.id}")
    assert "what was sent stays as it is" in words
    assert not (await side.message(answer.id)).deleted


@contract("An emoji of an agent's stands on the customer's message", needs="reactions")
async def test_an_emoji_of_ours_stands_on_his_message(side: Side) -> None:
    asked = await side.write(ASKED)
    heard = await side.heard(asked)
    await side.asked("PUT", f"messages/{heard.id}/reaction", emoji="👍")
    while "👍" not in await side.phone.reactions(asked):
        await side.phone.stirred()
    await side.asked("PUT", f"messages/{heard.id}/reaction", emoji="👍", on=False)
    while "👍" in await side.phone.reactions(asked):
        await side.phone.stirred()


@instead(test_an_emoji_of_ours_stands_on_his_message, "the desk refuses the emoji in a sentence")
async def test_an_emoji_is_refused_in_a_sentence(side: Side) -> None:
    heard = await side.heard(await side.write(ASKED))
    words = await side.refused("PUT", f"messages/{heard.id}/reaction", emoji="👍")
    assert "cannot be done on this channel" in words
    assert (await side.message(heard.id)).reactions == []


@contract("The customer sees that an agent is writing", needs="typing_out")
async def test_the_customer_sees_that_an_agent_writes(side: Side) -> None:
    await side.write(ASKED)
    await side.asked("POST", f"cases/{(await side.case()).number}/typing")
    await side.phone.sees_typing()


@instead(test_the_customer_sees_that_an_agent_writes, "nothing is sent, and nothing fails")
async def test_an_agent_who_writes_sends_nothing(side: Side) -> None:
    await side.write(ASKED)
    await side.asked("POST", f"cases/{(await side.case()).number}/typing")
    await side.arrived(await side.answer("On Monday."))
    await side.phone.reads("On Monday.")
    assert len(await side.phone.seen()) == 1


@contract("An answer that was read is shown as read", needs="receipts")
async def test_an_answer_that_was_read_is_shown_so(side: Side) -> None:
    await side.write(ASKED)
    answer = await side.arrived(await side.answer("On Monday."))
    await side.phone.read(await side.phone.reads("On Monday."))
    await side.becomes(answer, lambda now: now.state == "read")


@instead(test_an_answer_that_was_read_is_shown_so, "it is shown as accepted and never as more")
async def test_an_answer_is_accepted_and_no_more(side: Side) -> None:
    await side.write(ASKED)
    answer = await side.arrived(await side.answer("On Monday."))
    ours = await side.phone.reads("On Monday.")
    await side.write("I see.", answering=ours.id)
    assert (await side.message(answer.id)).state == "accepted"


@contract("Others can be sent a copy", needs="copies")
async def test_others_can_be_sent_a_copy(side: Side) -> None:
    await side.write(ASKED)
    async with side.house.phone(side.kind) as other:
        await side.arrived(await side.answer("On Monday.", cc=[other.address]))
        assert "On Monday." in (await other.reads("On Monday.")).text


@instead(test_others_can_be_sent_a_copy, "the desk refuses the copy in a sentence; nothing leaves")
async def test_a_copy_is_refused_in_a_sentence(side: Side) -> None:
    await side.write(ASKED)
    path = f"cases/{(await side.case()).number}/replies"
    words = await side.refused("POST", path, text="On Monday.", cc=["bob@example.org"])
    assert words == "There are no copies on this channel."
    assert await side.phone.seen() == []


@contract("The customer's subject is the case's", needs="subject")
async def test_the_subject_is_the_cases(side: Side) -> None:
    await side.write(ASKED)
    assert (await side.case()).subject == "A question"


@instead(test_the_subject_is_the_cases, "the case is called by the first words")
async def test_the_first_words_are_the_subject(side: Side) -> None:
    await side.write(ASKED)
    assert (await side.case()).subject == ASKED


@contract("A message can be had as its network brought it", needs="original")
async def test_a_message_can_be_had_as_it_came(side: Side) -> None:
    heard = await side.heard(await side.write(ASKED))
    path = f"/api/v1/messages/{heard.id}/original"
    async with side.house.alice.http.get(path) as answer:
        assert ASKED.encode() in await answer.read()


@instead(test_a_message_can_be_had_as_it_came, "the desk says that no original is kept to show")
async def test_there_is_no_original_to_show(side: Side) -> None:
    heard = await side.heard(await side.write(ASKED))
    words = await side.refused("GET", f"messages/{heard.id}/original")
    assert words == "The original of this message is not kept."
