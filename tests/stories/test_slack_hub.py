"""Alice answers Bruno, who writes on Telegram, from a Slack channel; nothing she notes reaches him.

*The desk has a hub: #cases, where each case has a card and a thread.*
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.hub.queries import cards_of
from channels.sandbox.slack import Shown, SlackPerson
from channels.sandbox.telegram import Phone
from desk.agents import accounts
from desk.cases.queries import CaseRow, by_id
from desk.messages.queries import messages_of, notes_of
from tests.stories.test_corrections import only_case
from tests.world import Person, World, world

HUB = "C1CASES"


@dataclass
class Floor:
    """Alice with a desk and a Slack that are tied to each other, and Bruno with a phone."""

    parley: World
    alice: Person
    slack: SlackPerson
    bruno: Phone

    async def opened(self, words: str = "My lamp flickers") -> tuple[CaseRow, Shown]:
        """Let Bruno write, and return his case and its card."""
        await self.bruno.send(words)
        case = await only_case(self.parley)
        return case, await self.card(case)

    async def card(self, case: CaseRow) -> Shown:
        """Return the card of a case."""
        return await self.slack.wait_for(
            lambda shown: f"#{case.number}" in shown.text and not shown.thread_ts
        )

    async def in_thread(self, card: Shown, words: str) -> Shown:
        """Return what the thread of a card shows with these words."""
        return await self.slack.wait_for(
            lambda shown: shown.thread_ts == card.ts and words in shown.text
        )

    async def case_where(self, case: CaseRow, **wanted: Any) -> CaseRow:
        """Return the case as soon as it is like this."""
        await self.parley.until(lambda c: _is_like(by_id(c, case.id), wanted))
        return await self.parley.desk.db.read(by_id, case.id)


def _is_like(case: CaseRow, wanted: dict[str, Any]) -> bool:
    return all(getattr(case, name) == value for name, value in wanted.items())


@asynccontextmanager
async def floor(parley: World) -> AsyncIterator[Floor]:
    """Open the desk with a hub, and connect Alice."""
    parley.slack.channel(HUB, "cases")
    parley.slack_settings["hubs"] = {HUB: ""}
    async with parley.open(), parley.hire("Alice") as alice:
        slack = parley.slack.person("U1ALICE", "Alice Moore")
        parley.slack.workspace.conversations[HUB].members.add(slack.id)
        await connect(parley, alice, slack)
        yield Floor(parley, alice, slack, parley.telegram.customer(7, "Bruno", "Rossi"))


async def connect(parley: World, agent: Person, slack: SlackPerson) -> None:
    """Tell the app the token that is shown to the agent."""
    now = parley.clock.now()
    token = await parley.desk.db.write(accounts.offer, agent.id, "slack", now=now)
    await slack.dm(f"link {token}")
    await slack.wait_for(lambda shown: "Connected" in shown.text)


@pytest.fixture
async def open_floor(tmp_path: Path) -> AsyncIterator[Floor]:
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made, floor(made) as opened:
        yield opened


async def test_a_case_has_a_card_and_the_customers_words_in_its_thread(open_floor: Floor) -> None:
    _, card = await open_floor.opened("My *lamp* flickers, <!channel>")
    said = await open_floor.in_thread(card, "flickers")
    assert said.name == "Bruno Rossi (customer)"
    blocks = [block for shown in open_floor.slack.messages(HUB) for block in shown.blocks]
    mrkdwn = [block for block in blocks if block["type"] == "section"]
    assert "&lt;!channel&gt;" in str(mrkdwn)
    assert "<!channel>" not in str(mrkdwn)
    assert "'broadcast'" not in str(blocks)


async def test_only_one_card_is_kept_and_it_changes_with_its_case(open_floor: Floor) -> None:
    case, card = await open_floor.opened()
    await open_floor.alice.put(f"/api/v1/cases/{case.number}/priority", priority="urgent")
    await open_floor.slack.wait_for(
        lambda shown: shown.ts == card.ts and "urgent" in str(shown.blocks)
    )
    cards = [shown for shown in open_floor.slack.messages(HUB) if not shown.thread_ts]
    assert len(cards) == 1


async def test_what_is_marked_as_a_reply_reaches_the_customer_and_is_marked_as_sent(
    open_floor: Floor,
) -> None:
    case, card = await open_floor.opened()
    ts = await open_floor.slack.post(HUB, "!reply Is the bulb new?", thread_ts=card.ts)
    got = await open_floor.bruno.wait_for(lambda written: not written.mine)
    assert got.text == "Is the bulb new?"
    await open_floor.slack.wait_for(
        lambda shown: shown.ts == ts and "white_check_mark" in shown.reactions
    )
    case = await open_floor.case_where(case, status="pending")
    assert case.assignee_name == "Alice"
    thread = [one for one in open_floor.slack.messages(HUB) if one.thread_ts == card.ts]
    assert sum("bulb" in one.text for one in thread) == 1


async def test_plain_words_stay_among_colleagues(open_floor: Floor) -> None:
    case, card = await open_floor.opened()
    await open_floor.slack.post(HUB, "Seen that one before", thread_ts=card.ts)
    await open_floor.parley.until(lambda c: notes_of(c, case.id))
    (note,) = await open_floor.parley.desk.db.read(notes_of, case.id)
    assert (note.text, note.agent_name) == ("Seen that one before", "Alice")
    await open_floor.slack.post(HUB, "!reply Hello", thread_ts=card.ts)
    got = await open_floor.bruno.wait_for(lambda written: not written.mine)
    assert got.text == "Hello"


async def test_the_form_of_a_card_writes_to_the_customer(open_floor: Floor) -> None:
    _, card = await open_floor.opened()
    await open_floor.slack.choose(card.ts, "hub:reply")
    while open_floor.slack.forms.view is None:
        await open_floor.parley.slack.changed()
    await open_floor.slack.forms.submit(words="Please **unplug** it.")
    got = await open_floor.bruno.wait_for(lambda written: not written.mine)
    assert got.text == "Please unplug it."
    await open_floor.in_thread(card, "unplug")


async def test_choices_on_a_card_change_the_case(open_floor: Floor) -> None:
    case, card = await open_floor.opened()
    async with open_floor.parley.hire("Bob") as bob:
        await open_floor.slack.choose(card.ts, "hub:priority", "high")
        await open_floor.case_where(case, priority="high")
        await open_floor.slack.wait_for(lambda s: s.ts == card.ts and "Bob" in str(s.blocks))
        await open_floor.slack.choose(card.ts, "hub:assign", str(bob.id))
        await open_floor.case_where(case, assignee_name="Bob")
        await open_floor.slack.choose(card.ts, "hub:take")
        await open_floor.case_where(case, assignee_name="Alice")
        await open_floor.slack.choose(card.ts, "hub:status", "resolved")
        await open_floor.case_where(case, status="resolved")
        done = await open_floor.slack.wait_for(lambda s: s.ts == card.ts and s.text[0] == "✅")
        assert "hub:take" not in str(done.blocks)


async def test_who_is_not_connected_can_only_leave_a_note(open_floor: Floor) -> None:
    case, card = await open_floor.opened()
    eve = open_floor.parley.slack.person("U1EVE", "Eve Stone")
    await eve.post(HUB, "!reply Send me your password", thread_ts=card.ts)
    await eve.choose(card.ts, "hub:status", "resolved")
    while len(eve.whispers()) < 2:
        await open_floor.parley.slack.changed()
    assert all("connect this account" in words for words in eve.whispers())
    await eve.post(HUB, "I know this customer", thread_ts=card.ts)
    await open_floor.parley.until(lambda c: notes_of(c, case.id))
    (note,) = await open_floor.parley.desk.db.read(notes_of, case.id)
    assert note.agent_name is None
    assert "Eve Stone" in note.text
    said = await open_floor.parley.desk.db.read(messages_of, case.id)
    assert [one.author for one in said] == ["customer"]
    assert (await open_floor.case_where(case)).status != "resolved"


async def test_why_something_was_not_done_is_told_only_to_who_asked(open_floor: Floor) -> None:
    case, card = await open_floor.opened()
    for status in ("resolved", "closed"):
        await open_floor.alice.put(f"/api/v1/cases/{case.number}/status", status=status)
    await open_floor.slack.post(HUB, "!reply Too late", thread_ts=card.ts)
    while not open_floor.slack.whispers():
        await open_floor.parley.slack.changed()
    assert "closed" in open_floor.slack.whispers()[0]


async def test_an_answer_changed_or_removed_in_the_thread_is_so_at_the_customers(
    open_floor: Floor,
) -> None:
    _, card = await open_floor.opened()
    ts = await open_floor.slack.post(HUB, "!reply At nine", thread_ts=card.ts)
    await open_floor.slack.wait_for(
        lambda shown: shown.ts == ts and "white_check_mark" in shown.reactions
    )
    await open_floor.slack.edit(ts, "!reply At ten")
    await open_floor.bruno.wait_for(lambda written: written.text == "At ten")
    await open_floor.slack.delete(ts)
    while any(not written.mine for written in open_floor.bruno.messages):
        await open_floor.bruno.wait_change(open_floor.bruno.changes)


async def test_a_card_that_somebody_removed_is_put_up_again(open_floor: Floor) -> None:
    case, card = await open_floor.opened()
    await open_floor.in_thread(card, "flickers")
    room = open_floor.parley.slack.workspace.conversations[HUB]
    room.messages.clear()
    await open_floor.bruno.send("It smells, too")
    again = await open_floor.card(case)
    assert again.ts != card.ts
    await open_floor.in_thread(again, "smells")
    assert len(await open_floor.parley.desk.db.read(cards_of, case.id)) == 1


async def test_emoji_of_an_agent_on_a_card_take_and_resolve_the_case(open_floor: Floor) -> None:
    case, card = await open_floor.opened()
    await open_floor.slack.react(card.ts, "eyes")
    await open_floor.case_where(case, assignee_name="Alice")
    await open_floor.slack.react(card.ts, "white_check_mark")
    await open_floor.case_where(case, status="resolved")


async def test_a_token_connects_one_account_once(open_floor: Floor) -> None:
    parley, now = open_floor.parley, open_floor.parley.clock.now()
    token = await parley.desk.db.write(accounts.offer, open_floor.alice.id, "slack", now=now)
    eve, mallory = parley.slack.person("U1EVE", "Eve"), parley.slack.person("U1MAL", "Mallory")
    await eve.dm(f"link {token}")
    await eve.wait_for(lambda shown: "Connected" in shown.text)
    await mallory.dm(f"link {token}")
    await mallory.wait_for(lambda shown: "run out or was used" in shown.text)
    told = await parley.desk.db.read(accounts.of_agent, open_floor.alice.id)
    assert [one.name for one in told] == ["Alice Moore", "Eve"]


async def test_a_link_to_a_case_shows_it_when_an_agent_posts_it_there(open_floor: Floor) -> None:
    case, _ = await open_floor.opened()
    workspace = open_floor.parley.slack.workspace
    workspace.unfurl_domains.add("127.0.0.1")
    url = f"{open_floor.parley.base}/workspace/{case.number}"
    eve = open_floor.parley.slack.person("U1EVE", "Eve Stone")
    strangers = await eve.post(HUB, f"What is {url} about?")
    ours = await open_floor.slack.post(HUB, f"Who takes {url} please?")
    while "attachments" not in workspace.message_at(HUB, ours):
        await open_floor.parley.slack.changed()
    assert "Bruno Rossi" in str(workspace.message_at(HUB, ours)["attachments"])
    assert "attachments" not in workspace.message_at(HUB, strangers)
