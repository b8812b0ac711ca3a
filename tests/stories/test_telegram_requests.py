"""What customers on Telegram ask for by commands: their cases, a language, quiet, a person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.flows.phrasebook import all_words, words_for
from channels.sandbox.telegram import Phone
from desk.cases import queries
from desk.cases.queries import CaseRow, Filter
from desk.cases.rules import Status
from desk.customers import queries as people
from desk.kit.errors import Conflict
from desk.messages.queries import messages_of
from tests.world import World, world

all_words()  # read before a loop runs, as the program does
EN, FR = words_for("en").replies, words_for("fr").replies


@pytest.fixture
async def parley(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made:
        made.bot_on_telegram = True
        async with made.open():
            yield made


def all_cases(c: Connection) -> list[CaseRow]:
    return queries.list_cases(c, Filter(statuses=tuple(Status)))


async def cases(parley: World, count: int) -> list[CaseRow]:
    """Return the cases, oldest first, as soon as there are so many."""
    found = await parley.until(lambda c: len(rows := all_cases(c)) == count and rows)
    return sorted(found, key=lambda row: row.number)


async def told(phone: Phone, words: str) -> str:
    shown = await phone.wait_for(lambda written: not written.mine and words in written.text)
    return shown.text


async def with_person(parley: World, phone: Phone, text: str) -> CaseRow:
    """Let somebody ask for a person about something, and return his case."""
    await phone.send(f"/human {text}")
    row: CaseRow = await parley.until(
        lambda c: next((row for row in all_cases(c) if text in row.subject), None)
    )
    await told(phone, "a colleague")
    return row


async def test_a_customer_sees_his_own_open_cases_and_nobody_elses(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        ada = parley.telegram.customer(4711, "Ada")
        bruno = parley.telegram.customer(4712, "Bruno")
        mine = await with_person(parley, ada, "the _red_ chair")
        await with_person(parley, bruno, "a secret sofa")
        await alice.reply(mine.number, "A new **leg** is on its way.")
        await told(ada, "A new leg")
        await ada.send("/cases")
        text = await told(ada, EN.cases)
        assert f"#{mine.number} the red chair" in text
        assert EN.states["pending"] in text
        assert "“A new leg is on its way.”" in text
        assert "sofa" not in text
        await alice.put(f"/api/v1/cases/{mine.number}/status", status="resolved")
        await ada.send("/cases")
        await told(ada, EN.none)
    assert len(await cases(parley, 2)) == 2


async def test_a_stranger_has_no_cases_and_does_not_become_a_customer(parley: World) -> None:
    ada = parley.telegram.customer(4711, "Ada", language="fr")
    for command in ("/cases", "/new", "/stop"):
        await ada.send(command)
    await told(ada, FR.none)
    await told(ada, FR.quiet)
    find = people.find_identity
    assert await parley.desk.db.read(find, "telegram", "4711") is None


async def test_a_language_chosen_by_a_button_is_spoken_from_then_on(parley: World) -> None:
    ada = parley.telegram.customer(4711, "Ada", language="en")
    await ada.send("/lang klingon")
    asked = await ada.wait_for(lambda written: written.text == EN.which)
    labels = [button["text"] for row in asked.buttons for button in row]
    assert labels == [book.replies.name for book in all_words().values()]
    await ada.press(asked.id, "ask:language:fr")
    await told(ada, FR.language)
    await ada.send("/human")
    await told(ada, "un collègue")
    [case] = await cases(parley, 1)
    assert case.language == "fr"
    customer = await parley.desk.db.read(people.show, case.customer_id)
    assert customer.language == "fr"


async def test_a_language_named_in_words_changes_a_running_talk(parley: World) -> None:
    ada = parley.telegram.customer(4711, "Ada", language="en")
    await ada.send("hello")
    await told(ada, "I am the assistant")
    await ada.send("/lang Français")
    await told(ada, FR.language)
    await ada.send("bonjour")
    await told(ada, "Dites-m'en un peu plus")
    await cases(parley, 1)


async def test_after_stop_the_bot_is_silent_and_people_still_answer(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        ada = parley.telegram.customer(4711, "Ada")
        await ada.send("hello")
        await told(ada, "I am the assistant")
        await ada.send("/stop")
        await told(ada, EN.quiet)
        [case] = await cases(parley, 1)
        assert (case.status, case.with_bot) == ("new", False)
        with pytest.raises(Conflict, match="nothing automatic"):
            await parley.desk.db.write(say_by_itself, parley, case.id)
        await alice.reply(case.number, "Hello Ada, what is it about?")
        await told(ada, "what is it about?")
        await ada.send("The chair wobbles")
        await parley.until(lambda c: "wobbles" in queries.by_id(c, case.id).preview)
        await parley.desk.db.write(say_by_itself, parley, case.id)
        await told(ada, "How was it?")
    bots = [written.text for written in ada.received if "assistant" in written.text]
    assert len(bots) == 1


def say_by_itself(c: Connection, parley: World, case_id: int) -> None:
    from desk.cases.talk import Reply, reply
    from desk.events.actors import BOT

    said = Reply(text="How was it?", html="<p>How was it?</p>", author="bot", then=None)
    reply(c, case_id, said, actor=BOT, now=parley.clock.now())


async def test_what_is_written_after_new_is_a_case_of_its_own(parley: World) -> None:
    ada = parley.telegram.customer(4711, "Ada")
    await with_person(parley, ada, "the chair")
    await ada.send("/new")
    await told(ada, EN.new)
    await ada.send("And now a lamp")
    first, second = await cases(parley, 2)
    await ada.send("It does not shine")
    await parley.until(lambda c: "shine" in queries.by_id(c, second.id).preview)
    assert (first.subject, second.subject) == ("the chair", "And now a lamp")
    said = await parley.desk.db.read(messages_of, first.id)
    assert [m.text for m in said if m.author == "customer"] == ["the chair"]


@pytest.mark.parametrize("before", [[], ["hello"], ["hello", "hi"], ["How do I return a chair?"]])
async def test_human_brings_a_person_in_every_state_of_the_talk(
    parley: World, before: list[str]
) -> None:
    await parley.publish_returns()
    ada = parley.telegram.customer(4711, "Ada")
    for text in before:
        so_far = len(ada.received)
        await ada.send(text)
        while len(ada.received) == so_far:
            await ada.wait_change(ada.changes)
    await ada.send("/human")
    await told(ada, "I pass this on to a colleague")
    case = await parley.until(
        lambda c: next((row for row in all_cases(c) if not row.with_bot), None)
    )
    assert case.status == "new"


async def test_human_after_it_was_solved_brings_the_case_back_to_people(parley: World) -> None:
    async with parley.hire("Alice") as alice:
        ada = parley.telegram.customer(4711, "Ada")
        case = await with_person(parley, ada, "the chair")
        await alice.put(f"/api/v1/cases/{case.number}/status", status="resolved")
        await ada.send("/human")
        await parley.until(lambda c: queries.by_id(c, case.id).status == "open")
        await cases(parley, 1)
