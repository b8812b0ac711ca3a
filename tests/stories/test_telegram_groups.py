"""A shop's group on Telegram: several ask in it, each gets his answer there, nothing leaks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.flows.phrasebook import all_words, words_for
from desk.cases import queries
from desk.cases.queries import CaseRow, Filter
from desk.cases.rules import Status
from desk.customers import queries as people
from desk.messages.queries import messages_of
from tests.world import World, world

all_words()  # read before a loop runs, as the program does
GROUP = -1001234567890
BOT = "@parley_sandbox_bot"


@pytest.fixture
async def parley(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made:
        made.telegram_settings = {"groups": "addressed", "chats": {"-5": "everything"}}
        async with made.open():
            yield made


async def case_about(parley: World, words: str) -> CaseRow:
    every = Filter(statuses=tuple(Status))

    def look(c: Connection) -> CaseRow | None:
        found = queries.list_cases(c, every)
        return next((row for row in found if words in row.subject), None)

    found: CaseRow = await parley.until(look)
    return found


async def count(parley: World) -> int:
    every = Filter(statuses=tuple(Status))
    return len(await parley.desk.db.read(queries.list_cases, every))


async def test_two_ask_in_one_topic_and_each_has_a_case_and_an_answer_of_his_own(
    parley: World,
) -> None:
    async with parley.hire("Alice") as alice:
        ada, bruno = parley.telegram.customer(1, "Ada"), parley.telegram.customer(2, "Bruno")
        group = parley.telegram.group(GROUP, "Washer owners", forum=True)
        topic = group.topic("Leaks")
        await group.send(ada, "Nice weather", topic=topic)
        asked = await group.send(ada, f"{BOT} mine leaks", topic=topic)
        other = await group.send(bruno, f"{BOT} mine howls", topic=topic)
        hers, his = await case_about(parley, "leaks"), await case_about(parley, "howls")
        await alice.reply(his.number, "Turn it off.")
        await alice.reply(hers.number, "Close the tap.")
        answers = [await group.wait_for("Close the tap."), await group.wait_for("Turn it off.")]
        assert [(one.topic, one.reply_to) for one in answers] == [
            (topic, asked.id),
            (topic, other.id),
        ]
        await group.send(ada, "It still does", topic=topic, reply_to=answers[0].id)
        await parley.until(lambda c: "still" in queries.by_id(c, hers.id).preview)
        await group.send(bruno, "Which tap?", topic=topic, reply_to=answers[0].id)
        await parley.until(lambda c: "Which" in queries.by_id(c, his.id).preview)
    assert await count(parley) == 2
    said = await parley.desk.db.read(messages_of, hers.id)
    assert [m.text for m in said] == ["mine leaks", "Close the tap.", "It still does"]
    assert [one.code for one in said[0].remarks] == ["overheard"]


async def test_what_is_told_in_private_is_never_answered_in_the_group(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        ada = parley.telegram.customer(1, "Ada")
        group = parley.telegram.group(GROUP, "Washer owners")
        await group.send(ada, f"{BOT} before")
        public = await case_about(parley, "before")
        await ada.send("My card number is secret")
        private = await case_about(parley, "secret")
        await group.send(ada, f"{BOT} and now #{private.number}?")
        await parley.until(lambda c: "and now" in queries.by_id(c, public.id).preview)
        await group.send(ada, f"/cases{BOT}")
        shown = await group.wait_for(words_for("en").replies.alone)
        assert "secret" not in shown.text
        await alice.reply(private.number, "I see your card.")
        await ada.wait_for(lambda written: written.text == "I see your card.")
    assert await count(parley) == 2
    assert not any("card" in written.text for written in group.received)


async def test_a_group_that_loses_the_bot_is_told_and_its_people_can_still_be_reached(
    parley: World,
) -> None:
    async with parley.hire("Alice") as alice:
        ada = parley.telegram.customer(1, "Ada")
        group = parley.telegram.group(GROUP, "Washer owners")
        await group.send(ada, f"{BOT} it leaks")
        case = await case_about(parley, "leaks")
        group.remove_bot(ada)
        await parley.until(lambda c: "no longer in the group" in queries.by_id(c, case.id).flag)
        await alice.reply(case.number, "Close the tap.")
        await parley.until(lambda c: "Not delivered" in queries.by_id(c, case.id).flag)
    identity = await parley.desk.db.read(people.find_identity, "telegram", "1")
    assert identity is not None
    assert identity.reachable


async def test_a_group_that_became_a_supergroup_is_answered_there(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        ada, bruno = parley.telegram.customer(1, "Ada"), parley.telegram.customer(2, "Bruno")
        group = parley.telegram.group(-5, "Washer owners", kind="group")
        await group.send(ada, "it leaks")
        await group.send(bruno, "it howls")
        hers, his = await case_about(parley, "leaks"), await case_about(parley, "howls")
        parley.telegram.faults.migrate(-5, GROUP)
        moved = parley.telegram.group(GROUP, "Washer owners")
        await alice.reply(hers.number, "Close the tap.")
        await moved.wait_for("Close the tap.")
        await alice.reply(his.number, "Turn it off.")
        await moved.wait_for("Turn it off.")
        await moved.send(ada, f"{BOT} It still does")
        await parley.until(lambda c: "still" in queries.by_id(c, hers.id).preview)
    assert len(moved.received) == 2
    identity = await parley.desk.db.read(people.find_identity, "telegram", "1")
    assert identity is not None


async def test_the_news_of_a_move_moves_all_its_conversations(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        ada = parley.telegram.customer(1, "Ada")
        group = parley.telegram.group(-5, "Washer owners", kind="group")
        await group.send(ada, "it leaks")
        case = await case_about(parley, "leaks")
        moved = group.become_supergroup(GROUP, ada)
        await moved.send(ada, f"{BOT} It still does")
        await parley.until(lambda c: "still" in queries.by_id(c, case.id).preview)
        await alice.reply(case.number, "Close the tap.")
        await moved.wait_for("Close the tap.")
    assert await count(parley) == 1
