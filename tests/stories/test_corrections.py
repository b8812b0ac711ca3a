"""What was sent is corrected, taken back, given an emoji: where the network has that."""

from typing import Any

import aiohttp
import pytest
from sqlalchemy import Connection

from channels.sandbox.telegram.world import Written
from desk.cases import queries
from desk.cases.queries import CaseRow, Filter
from desk.messages.queries import MessageView, messages_of
from tests.world import Person, World


async def answered(parley: World, who: Person, text: str = "It comes on Monady.") -> MessageView:
    """Let an agent answer the only case, and return the answer once it has arrived."""
    case = await only_case(parley)
    await who.reply(case.number, text)

    def arrived(c: Connection) -> MessageView | None:
        last = messages_of(c, case.id)[-1]
        return last if last.author == "agent" and last.state == "accepted" else None

    found: MessageView = await parley.until(arrived)
    return found


async def question_of(parley: World) -> int:
    case = await only_case(parley)
    return (await parley.desk.db.read(messages_of, case.id))[0].id


async def only_case(parley: World) -> CaseRow:
    def one(c: Connection) -> CaseRow | None:
        return next(iter(queries.list_cases(c, Filter())), None)

    found: CaseRow = await parley.until(one)
    return found


async def emoji_on(parley: World, message_id: int, wanted: list[tuple[str, int]]) -> None:
    def there(c: Connection) -> bool:
        case = queries.list_cases(c, Filter())[0]
        message = next(one for one in messages_of(c, case.id) if one.id == message_id)
        return [(one.emoji, one.count) for one in message.reactions] == wanted

    await parley.until(there)


async def test_on_telegram_an_answer_is_corrected_taken_back_and_liked(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        bruno = parley.telegram.customer(7, "Bruno", "Rossi")
        asked = await bruno.send("When does it come?")
        answer = await answered(parley, alice)
        shown = await bruno.wait_for(lambda written: not written.mine)

        await alice.put(f"/api/v1/messages/{answer.id}/text", text="It comes on **Monday**.")
        now = await bruno.wait_for(lambda written: written.text == "It comes on Monday.")
        assert (now.id, now.edited, now.entities[0]["type"]) == (shown.id, True, "bold")
        case = await only_case(parley)
        await parley.until(lambda c: queries.by_id(c, case.id).preview == now.text)

        await bruno.react(shown.id, "👍")
        await emoji_on(parley, answer.id, [("👍", 1)])
        question = await question_of(parley)
        await alice.put(f"/api/v1/messages/{question}/reaction", emoji="👀")
        await bruno.wait_for(lambda written: written.id == asked.id and feels(written, "👀"))
        await alice.put(f"/api/v1/messages/{question}/reaction", emoji="👀", on=False)
        await bruno.wait_for(lambda written: written.id == asked.id and not feels(written, "👀"))

        await alice._call("DELETE", f"/api/v1/messages/{answer.id}")
        while any(written.id == shown.id for written in bruno.messages):
            await bruno.wait_change(bruno.changes)
        assert (await alice.get("/api/v1/cases/1001"))["case"]["flag"] == ""


async def test_an_album_on_telegram_is_taken_back_whole(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        bruno = parley.telegram.customer(7, "Bruno", "Rossi")
        await bruno.send("What does it look like?")
        form = aiohttp.FormData()
        for name in ("front.pdf", "back.pdf"):
            form.add_field("files", name.encode(), filename=name, content_type="application/pdf")
        files = await alice._call("POST", "/api/v1/files", data=form)
        case = await only_case(parley)
        await alice.reply(case.number, "Like this.", files=files)
        await bruno.wait_for(lambda written: _is_file(written, "back.pdf"))
        answer = await parley.until(lambda c: _arrived(messages_of(c, case.id)[-1]))
        await alice._call("DELETE", f"/api/v1/messages/{answer.id}")
        while any(not written.mine for written in bruno.messages):
            await bruno.wait_change(bruno.changes)


def _is_file(written: Written, name: str) -> bool:
    return written.file is not None and written.file.name == name


def _arrived(message: MessageView) -> MessageView | None:
    return message if message.author == "agent" and message.state == "accepted" else None


async def test_in_slack_an_answer_is_corrected_taken_back_and_liked(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        asked = await chidi.dm("When does it come?")
        answer = await answered(parley, alice)
        shown = await chidi.wait_for(lambda written: "Monady" in written.text)

        await alice.put(f"/api/v1/messages/{answer.id}/text", text="It comes on Monday.")
        await chidi.wait_for(lambda written: written.ts == shown.ts and "Monday" in written.text)

        await chidi.react(shown.ts, "tada")
        await emoji_on(parley, answer.id, [("🎉", 1)])
        await chidi.react(shown.ts, "tada", on=False)
        await emoji_on(parley, answer.id, [])
        question = await question_of(parley)
        await alice.put(f"/api/v1/messages/{question}/reaction", emoji="👍")
        await chidi.wait_for(lambda written: "+1" in chidi.reactions(asked))

        await alice._call("DELETE", f"/api/v1/messages/{answer.id}")
        await parley.until(lambda c: all(one.ts != shown.ts for one in chidi.messages()))


async def test_in_the_chat_an_answer_is_corrected_and_taken_back_on_every_page(
    parley: World,
) -> None:
    async with parley.hire("Alice") as alice, parley.visit() as page:
        await page.send("msg", cid="question1", text="When does it come?", person=True)
        answer = await answered(parley, alice)
        await alice.put(f"/api/v1/messages/{answer.id}/text", text="It comes on Monday.")
        changed = await page.until("edit")
        assert changed["text"] == "It comes on Monday."
        await alice._call("DELETE", f"/api/v1/messages/{answer.id}")
        gone = await page.until("gone")
        assert gone["of"] == changed["of"]
        assert gone["seq"] == changed["seq"] + 1


async def test_what_cannot_be_changed_says_why(parley: World) -> None:
    async with parley.hire("Alice") as alice, parley.hire("Bob") as bob:
        bruno = parley.telegram.customer(7, "Bruno", "Rossi")
        await bruno.send("When does it come?")
        answer = await answered(parley, alice)
        question = await question_of(parley)
        await refused(alice, "PUT", f"{question}/text", 404, "agent's answer", text="x")
        await refused(bob, "PUT", f"{answer.id}/text", 403, "colleague", text="x")
        await refused(alice, "PUT", f"{answer.id}/text", 422, "Write something", text=" ")
        await refused(alice, "PUT", f"{answer.id}/reaction", 422, "Choose one", emoji="🦆")
        await alice._call("DELETE", f"/api/v1/messages/{answer.id}")
        await refused(alice, "PUT", f"{answer.id}/text", 409, "taken back", text="x")


async def test_where_telegram_refuses_a_correction_the_case_says_so(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        bruno = parley.telegram.customer(7, "Bruno", "Rossi")
        await bruno.send("When does it come?")
        answer = await answered(parley, alice)
        bruno.block()
        await alice.put(f"/api/v1/messages/{answer.id}/text", text="On Monday.")
        case = await only_case(parley)
        await parley.until(lambda c: "still sees" in queries.by_id(c, case.id).flag)


def feels(written: Written, emoji: str) -> bool:
    return any(emoji in given for given in written.reactions.values())


async def refused(
    who: Person, method: str, path: str, status: int, words: str, **body: Any
) -> None:
    with pytest.raises(AssertionError, match=f"{status} .*{words}"):
        await who._call(method, f"/api/v1/messages/{path}", json=body)


async def test_in_slack_a_customer_sees_that_his_case_is_seen_and_that_it_is_done(
    parley: World,
) -> None:
    async with parley.hire("Alice") as alice:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        asked = await chidi.dm("When does it come?")
        await chidi.wait_for(lambda written: "eyes" in chidi.reactions(asked))
        await answered(parley, alice, "It came.")
        await alice.put("/api/v1/cases/1001/status", status="resolved")
        await parley.until(lambda c: "white_check_mark" in chidi.reactions(asked))
        await alice.put("/api/v1/cases/1001/status", status="open")
        await parley.until(lambda c: "white_check_mark" not in chidi.reactions(asked))
        assert "eyes" in chidi.reactions(asked)
