"""Alice works in a Telegram group: a topic for every case, her words in it are answers.

*Bruno writes to the bot. Alice has connected her account; Mallory is in the group, too.*
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.hub.tables import hub_lines
from channels.sandbox.telegram import Forum, Phone, SandboxFile, Written
from channels.sandbox.telegram.forum import Seen
from desk.agents import accounts
from desk.cases import queries
from desk.cases.queries import CaseRow, Filter
from desk.cases.rules import Status
from desk.messages.queries import messages_of, notes_of
from tests.world import Person, World, world

GROUP = -1001234567890
QUESTION = "Where is my chair?"


@pytest.fixture
async def parley(tmp_path: Path) -> AsyncIterator[World]:
    """A desk not yet open, with a hub in its Telegram inbox."""
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made:
        made.telegram_settings = {
            "username": "parley_sandbox_bot",
            "hubs": {str(GROUP): ""},
            "group_sends_per_minute": 60_000,
        }
        yield made


@pytest.fixture
def group(parley: World) -> Forum:
    return parley.telegram.forum(GROUP, "Support")


@asynccontextmanager
async def alice_at_work(parley: World) -> AsyncIterator[tuple[Person, Phone]]:
    """Alice, and her phone, connected by the link that her accounts page shows."""
    phone = parley.telegram.customer(42, "Alice")
    async with parley.hire("Alice") as alice:
        channel = parley.desk.channels["telegram"]
        now = parley.clock.now()
        token = await parley.desk.db.write(accounts.offer, alice.id, "telegram", now=now)
        link: str = channel.account_link(token)  # type: ignore[attr-defined]
        assert link.startswith("https://t.me/parley_sandbox_bot?start=agent-")
        await phone.send(f"/start {link.partition('=')[2]}")
        await phone.wait_for(lambda written: "Connected" in written.text)
        yield alice, phone


async def asked(parley: World, group: Forum, text: str = QUESTION) -> tuple[Phone, Seen]:
    """Let Bruno ask, and return his phone and the topic that shows it."""
    bruno = parley.telegram.customer(7, "Bruno", "Rossi")
    await bruno.send(text)
    line = await group.first(lambda written: text in written.text and "👤" in written.text)
    return bruno, next(one for one in group.topics if one.id == line.topic)


def card_in(group: Forum, topic: Seen) -> Written:
    return next(one for one in group.messages(topic.id) if one.buttons)


def only_case(c: Connection) -> CaseRow:
    [case] = queries.list_cases(c, Filter(statuses=tuple(Status)))
    return case


async def became(parley: World, status: Status) -> None:
    await parley.until(lambda c: only_case(c).status == status)


async def shown_again(parley: World, group: Forum, topic: Seen, words: str) -> None:
    await group.until(lambda: words in card_in(group, topic).text)


async def test_a_topic_shows_the_case_and_what_alice_writes_in_it_is_the_answer(
    parley: World, group: Forum
) -> None:
    async with parley.open(), alice_at_work(parley) as (_, alice):
        bruno, topic = await asked(parley, group)
        case = await parley.desk.db.read(only_case)
        assert topic.name == f"#{case.number} {QUESTION}"
        card = card_in(group, topic)
        assert "Bruno Rossi" in card.text
        assert "First response is due" in card.text
        assert topic.pinned == [card.id]
        bold = {"type": "bold", "offset": 0, "length": 3}
        words = await group.write(alice, topic.id, "It comes on Monday.", entities=[bold])
        answer = await bruno.wait_for(lambda written: not written.mine)
        assert (answer.text, answer.entities[0]["type"]) == ("It comes on Monday.", "bold")
        await group.until(lambda: words.reactions.get(parley.telegram.world.bot_id) == ["👍"])
        assert [one for one in group.messages(topic.id) if "Monday" in one.text] == [words]


async def test_two_strokes_before_words_make_them_a_note_that_nobody_else_reads(
    parley: World, group: Forum
) -> None:
    async with parley.open(), alice_at_work(parley) as (_, alice):
        bruno, topic = await asked(parley, group)
        await group.write(alice, topic.id, "// he is a *difficult* one")
        case = await parley.desk.db.read(only_case)
        notes = await parley.until(lambda c: notes_of(c, case.id))
        assert notes[0].agent_name == "Alice"
        assert "difficult" in notes[0].text
        await group.write(alice, topic.id, "On Monday.")
        await bruno.wait_for(lambda written: not written.mine)
        assert [one.text for one in bruno.received] == ["On Monday."]


async def test_who_is_not_connected_answers_nobody_and_is_told_so(
    parley: World, group: Forum
) -> None:
    async with parley.open(), alice_at_work(parley) as (_, alice):
        bruno, topic = await asked(parley, group)
        mallory = parley.telegram.customer(66, "Mallory")
        await group.write(mallory, topic.id, "Go away.")
        told = await group.first(lambda written: written.text.startswith("You: "))
        assert told.topic == topic.id
        assert told.entities[0]["user"]["id"] == 66
        assert "agent" not in told.text
        await mallory.send("/start")
        await group.write(mallory, topic.id, "Go away!")
        private = await mallory.wait_for(lambda written: "which agent you are" in written.text)
        assert f"https://t.me/c/1234567890/{topic.id}" in private.text
        await group.close(mallory, topic.id)
        await group.until(lambda: not topic.closed)
        await became(parley, Status.NEW)
        await group.write(alice, topic.id, "On Monday.")
        await bruno.wait_for(lambda written: not written.mine)
        assert [one.text for one in bruno.received] == ["On Monday."]


async def test_closing_the_topic_resolves_the_case_and_his_next_word_opens_both(
    parley: World, group: Forum
) -> None:
    async with parley.open(), alice_at_work(parley) as (_, alice):
        bruno, topic = await asked(parley, group)
        await group.close(alice, topic.id)
        await became(parley, Status.RESOLVED)
        await group.until(lambda: topic.name.startswith("✅ "))
        assert topic.closed
        assert card_in(group, topic).buttons[0][0]["text"] == "↩️ Reopen"
        await bruno.send("It still wobbles badly, please help me.")
        await group.first(lambda written: "wobbles" in written.text)
        await group.until(lambda: not topic.closed and not topic.name.startswith("✅"))
        await became(parley, Status.OPEN)
        assert len(group.topics) == 1
        await group.close(alice, topic.id)
        await became(parley, Status.RESOLVED)
        await group.until(lambda: topic.name.startswith("✅ "))
        await group.reopen(alice, topic.id)
        await became(parley, Status.OPEN)
        await group.until(lambda: not topic.name.startswith("✅"))
        assert not topic.closed


async def test_the_buttons_of_the_card_take_hurry_and_resolve_the_case(
    parley: World, group: Forum
) -> None:
    async with parley.open(), alice_at_work(parley) as (me, alice):
        _, topic = await asked(parley, group)
        card = card_in(group, topic)
        await group.press(alice, card.id, "hub:take")
        await parley.until(lambda c: only_case(c).assignee_id == me.id)
        await shown_again(parley, group, topic, "Agent: Alice")
        await group.until(lambda: group.was_answered(alice, card.id))
        await group.press(alice, card.id, "hub:priority:urgent")
        await shown_again(parley, group, topic, "urgent")
        await group.press(alice, card.id, "hub:snooze:4")
        await shown_again(parley, group, topic, "💤 until")
        await group.press(alice, card.id, "hub:status:resolved")
        await group.until(lambda: topic.closed)
        await became(parley, Status.RESOLVED)
        calls = [method for method, _ in parley.telegram.calls]
        assert "editmessagereplymarkup" not in calls  # as after a question to a customer


async def test_updates_that_come_twice_answer_once(parley: World, group: Forum) -> None:
    async with parley.open(), alice_at_work(parley) as (_, alice):
        bruno, topic = await asked(parley, group)
        words = await group.write(alice, topic.id, "On Monday.")
        parley.telegram.push({"message": parley.telegram.world.as_json(words)})
        await group.write(alice, topic.id, "Or on Tuesday.")
        await bruno.wait_for(lambda written: "Tuesday" in written.text)
        assert [one.text for one in bruno.received] == ["On Monday.", "Or on Tuesday."]


async def test_a_desk_that_stops_in_between_goes_on_in_the_same_topic(
    parley: World, group: Forum
) -> None:
    box = parley.telegram
    async with parley.open():
        box.faults.answer(502, "Bad Gateway", method="sendMessage", times=100)
        bruno = box.customer(7, "Bruno", "Rossi")
        await bruno.send(QUESTION)
        await group.until(lambda: group.topics)
    box.faults.clear()
    async with parley.open():
        await group.first(lambda written: QUESTION in written.text and "👤" in written.text)
        await bruno.send("And my table?")
        await group.first(lambda written: "table" in written.text)
    assert len(group.topics) == 1
    assert len([one for one in group.messages() if one.buttons]) == 1


async def test_a_topic_that_somebody_deleted_is_put_up_anew(parley: World, group: Forum) -> None:
    async with parley.open(), alice_at_work(parley) as (_, alice):
        bruno, topic = await asked(parley, group)
        group.delete(topic.id)
        await bruno.send("Are you there?")
        line = await group.first(lambda written: "Are you there?" in written.text)
        [anew] = group.topics
        assert line.topic == anew.id != topic.id
        await group.write(alice, anew.id, "Yes.")
        await bruno.wait_for(lambda written: written.text == "Yes.")


async def test_files_go_both_ways(parley: World, group: Forum) -> None:
    async with parley.open(), alice_at_work(parley) as (_, alice):
        bruno, topic = await asked(parley, group)
        await bruno.send("This one.", file=SandboxFile("leg.pdf", b"%PDF-1.4 a leg"))
        shown = await group.first(lambda written: written.file is not None)
        assert shown.file is not None
        assert (shown.topic, shown.file.name) == (topic.id, "leg.pdf")
        plan = SandboxFile("plan.pdf", b"%PDF-1.4 a plan")
        await group.write(alice, topic.id, "Look.", file=plan)
        got = await bruno.wait_for(lambda written: not written.mine and written.file is not None)
        assert got.file is not None
        assert got.file.content == plan.content


async def test_a_changed_answer_is_changed_at_the_customers_and_no_secret_gets_in(
    parley: World, group: Forum
) -> None:
    async with parley.open(), alice_at_work(parley) as (_, alice):
        bruno, topic = await asked(parley, group)
        words = await group.write(alice, topic.id, "On Monady.")
        await bruno.wait_for(lambda written: not written.mine)
        await group.until(lambda: words.reactions)
        await group.edit(words.id, "On Monday.")
        await bruno.wait_for(lambda written: written.text == "On Monday.")
        await group.edit(words.id, "// he is impossible")
        await alice.wait_for(lambda written: "cannot become a note" in written.text)
        assert [one.text for one in bruno.received] == ["On Monday."]


async def test_what_stands_in_general_and_what_bots_write_is_nobodys(
    parley: World, group: Forum
) -> None:
    parley.telegram_settings["groups"] = "everything"
    async with parley.open(), alice_at_work(parley) as (_, alice):
        bruno, topic = await asked(parley, group)
        await group.write(alice, None, "Good morning everybody")
        robot = parley.telegram.customer(99, "Robot")
        robot.person["is_bot"] = True
        await group.write(robot, topic.id, "beep")
        await group.write(alice, topic.id, "On Monday.")
        await bruno.wait_for(lambda written: "Monday" in written.text)
        assert [one.text for one in bruno.received] == ["On Monday."]
        case = await parley.desk.db.read(only_case)  # and no other was opened
        said = await parley.desk.db.read(messages_of, case.id)
        assert [one.text for one in said] == [QUESTION, "On Monday."]


async def test_a_line_cut_short_goes_on_where_it_was(parley: World, group: Forum) -> None:
    async with parley.open():
        bruno, topic = await asked(parley, group)
        parley.telegram.faults.answer(502, "Bad Gateway", method="sendDocument")
        await bruno.send("This one.", file=SandboxFile("leg.pdf", b"%PDF-1.4 a leg"))
        await group.first(lambda written: written.file is not None, 30.0)
        assert len([one for one in group.messages(topic.id) if "This one." in one.text]) == 1
        await parley.until(_nothing_waits)


def _nothing_waits(c: Connection) -> bool:
    states = set(c.scalars(select(hub_lines.c.state)))
    return states <= {"shown", "theirs", "over"}
