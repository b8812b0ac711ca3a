"""What customers send."""

import hashlib
import json
from datetime import timedelta

from sqlalchemy import Connection

from desk.customers.queries import find_identity
from tests.contracts.channels.house import Side
from tests.contracts.channels.phones import File
from tests.contracts.channels.table import CAPABILITIES, contract, instead, promise
from tests.desk import sse

HELLO = "Where is my order? It was to come on Friday."
BILL = File("bill.pdf", b"%PDF-1.7 a bill of 12 EUR")


@contract("A message becomes one message of one case, in the customer's words")
async def test_a_message_becomes_one_message_of_one_case(side: Side) -> None:
    sent = await side.write(HELLO)
    heard = await side.heard(sent)
    assert (heard.text, heard.author, heard.channel) == (HELLO, "customer", side.kind)
    assert [one.id for one in await side.said()] == [heard.id]


@contract("The desk knows what the customer is called", only=("email", "telegram", "slack"))
async def test_the_desk_knows_his_name(side: Side) -> None:
    await side.write(HELLO)
    assert (await side.case()).customer_name == "Ada Obi"


@instead(test_the_desk_knows_his_name, "a visitor who gave no name has a case all the same")
async def test_a_visitor_without_a_name_has_a_case(side: Side) -> None:
    await side.write(HELLO)
    case = await side.case()
    assert (case.customer_name, case.subject) == (None, HELLO)


@contract("What is brought twice is one message")
async def test_what_is_brought_twice_is_one_message(side: Side) -> None:
    sent = await side.write(HELLO)
    await side.phone.again()
    last = await side.write("Are you there?", answering=sent)
    await side.heard(last)
    told = [one.text for one in await side.said()]
    assert told.count(HELLO) == 1


@contract("Messages of one conversation keep their order in the case")
async def test_messages_keep_their_order(side: Side) -> None:
    first = await side.write("line 0")
    lines = [f"line {number}" for number in range(6)]
    sent = [await side.phone.write(line, answering=first) for line in lines[1:]]
    await side.heard(sent[-1])
    assert [one.text for one in await side.said()] == lines


@contract(
    "What overtakes the message that it answers ends in the same case, each of them once",
    only=("email", "telegram", "slack"),
)
async def test_what_overtakes_ends_in_the_same_case(side: Side) -> None:
    asked, added = await side.phone.swapped(HELLO, "I mean the chair.")
    for sent in (added, asked):
        await side.heard(sent)
    told = [one.text for one in await side.said(asked)]
    assert sorted(told) == sorted([HELLO, "I mean the chair."])


promise(
    "A correction that overtakes its message is not lost",
    "sees_edits",
    module=__name__,
    undone=("slack",),
)


@contract("An answer to ours joins its case, also when that was resolved")
async def test_an_answer_joins_its_case_and_reopens_it(side: Side) -> None:
    await side.write(HELLO)
    answer = await side.answer("It comes on Monday.", then="resolved")
    await side.arrived(answer)
    ours = await side.phone.reads("on Monday")
    again = await side.write("It did not come.", answering=ours.id)
    case = await side.case(again)
    assert (case.id, case.status) == ((await side.case()).id, "open")


@contract(
    "One customer can have two cases at once, each answered in its own conversation",
    needs="threads",
    undone=("chat", "telegram"),
)
async def test_one_customer_can_have_two_cases(side: Side) -> None:
    one = await side.write(HELLO)
    await side.house.later(timedelta(minutes=CAPABILITIES[side.kind].join_minutes + 1))
    other = await side.write("And how do I return the other?")
    assert (await side.case(one)).id != (await side.case(other)).id
    again = await side.write("It has come now.", answering=one)
    assert (await side.case(again)).id == (await side.case(one)).id


@instead(test_one_customer_can_have_two_cases, "what follows belongs to the case that is open")
async def test_what_follows_belongs_to_the_open_case(side: Side) -> None:
    one, other = await side.write(HELLO), await side.write("And how do I return the other?")
    assert (await side.case(one)).id == (await side.case(other)).id


@contract("A file arrives byte for byte and is served as a download, never as a page")
async def test_a_file_arrives_and_is_a_download(side: Side) -> None:
    page = File("../bill\u202e.html", b"<script>alert(1)</script>" * 3, "text/plain")
    heard = await side.heard(await side.write("The bill:", [page]))
    (file,) = heard.files
    assert (file.size_bytes, file.problem) == (len(page.content), "")
    assert "/" not in file.name
    async with side.house.alice.http.get(f"/api/v1/files/{file.public_id}") as answer:
        assert await answer.read() == page.content
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    digest = hashlib.sha256(page.content).hexdigest()
    assert await side.house.desk.blobs.get(digest) == page.content


@contract("Files sent together are one message")
async def test_files_sent_together_are_one_message(side: Side) -> None:
    album = [File(f"{name}.pdf", f"%PDF {name}".encode()) for name in ("front", "back", "top")]
    heard = await side.heard(await side.write("Look:", album))
    assert [file.name for file in heard.files] == [file.name for file in album]
    assert heard.text == "Look:"
    assert len(await side.said()) == 1


@contract(
    "A correction changes the message in the case; nothing new is opened",
    needs="sees_edits",
)
async def test_a_correction_changes_the_message(side: Side) -> None:
    sent = await side.write("I paid 12 EUR.")
    heard = await side.heard(sent)
    await side.phone.edit(sent, "I paid 21 EUR.")
    now = await side.becomes(heard, lambda now: now.edited)
    assert now.text == "I paid 21 EUR."
    assert [one.id for one in await side.said()] == [heard.id]
    assert (await side.case()).status == "new"


@instead(
    test_a_correction_changes_the_message,
    "the same message with other words changes nothing that an agent has read",
)
async def test_the_same_id_with_other_words_changes_nothing(side: Side) -> None:
    sent = await side.write("I paid 12 EUR.")
    heard = await side.heard(sent)
    await side.phone.alter("I paid 21 EUR.")
    await side.write("Hello?", answering=sent)
    assert (await side.message(heard.id)).text == "I paid 12 EUR."


@contract("A message taken back is shown as taken back", needs="sees_deletes")
async def test_a_message_taken_back_is_shown_so(side: Side) -> None:
    sent = await side.write("My password is swordfish.")
    heard = await side.heard(sent)
    await side.phone.delete(sent)
    now = await side.becomes(heard, lambda now: now.deleted)
    assert "swordfish" not in now.text


@contract("The agent sees that the customer is writing", needs="typing_in")
async def test_the_agent_sees_that_he_is_writing(side: Side) -> None:
    await side.write(HELLO)
    case = await side.case()
    async with side.house.alice.http.get("/api/v1/live") as live:
        told = sse.sent(live)
        assert (await anext(told)).kind == "ready"
        await side.phone.types()
        while (event := await anext(told)).kind != "customer.writing":
            pass
        assert (json.loads(event.data), event.id) == ({"case_id": case.id}, "")


@contract(
    "An emoji of the customer's stands on our answer, and goes again",
    needs="reactions",
)
async def test_an_emoji_stands_on_our_answer(side: Side) -> None:
    await side.write(HELLO)
    answer = await side.answer("It comes on Monday.")
    await side.arrived(answer)
    ours = await side.phone.reads("on Monday")
    await side.phone.react(ours.id, "🎉")
    now = await side.becomes(answer, lambda now: now.reactions)
    assert [(one.emoji, one.count) for one in now.reactions] == [("🎉", 1)]
    await side.phone.react(ours.id, "🎉", on=False)
    await side.becomes(answer, lambda now: not now.reactions)


@contract(
    "A customer who blocks us is marked, the next answer says so; when he is back it arrives",
    only=("telegram",),
)
async def test_who_blocks_us_is_marked(side: Side) -> None:
    await side.write(HELLO)
    await side.phone.leave()

    def gone(c: Connection) -> bool:
        found = find_identity(c, side.kind, side.phone.address)
        return found is not None and not found.reachable

    await side.until(gone)
    words = await side.refused(
        "POST", f"cases/{(await side.case()).number}/replies", text="It comes on Monday."
    )
    assert "reach" in words
    await side.phone.returns()
    await side.until(lambda c: not gone(c))
    await side.arrived(await side.answer("It comes on Monday."))
