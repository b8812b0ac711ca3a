"""One message on each channel: it becomes a case, is routed, answered, and the answer arrives.

*Ada chats on the shop's page, Bruno has Telegram, Chidi's company uses Slack, Dora mails.
Alice is online.*
"""

from typing import Any

from sqlalchemy import Connection

from desk.cases import queries
from desk.cases.queries import CaseRow, Filter
from desk.cases.rules import Status
from desk.messages.queries import messages_of
from desk.routing.queries import decisions
from desk.sla.queries import clocks
from knowledge.queries import suggestions_of
from tests.channels.chat_page import Wire
from tests.world import HELP, Person, World

QUESTION = "How do I return a chair? It wobbles."
ANSWER = "Hello, print the **label** from your order page."


async def test_bruno_asks_on_telegram_and_reads_the_answer_there(parley: World) -> None:
    await parley.publish_returns()
    async with parley.hire("Alice") as alice:
        bruno = parley.telegram.customer(7, "Bruno", "Rossi", language="it")
        await bruno.send(QUESTION)
        case = await case_of(parley, "telegram")
        await assert_everything_started(parley, alice, case)
        await alice.reply(case.number, ANSWER)
        shown = await bruno.wait_for(lambda written: not written.mine)
        assert shown.text == "Hello, print the label from your order page."
        assert [entity["type"] for entity in shown.entities] == ["bold"]
        await parley.until(lambda c: answer_state(c, case.id) == "accepted")


async def test_chidi_asks_in_slack_and_reads_the_answer_in_the_thread(parley: World) -> None:
    await parley.publish_returns()
    async with parley.hire("Alice") as alice:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        asked = await chidi.dm(QUESTION)
        case = await case_of(parley, "slack")
        assert case.customer_name == "Chidi Obi"
        await assert_everything_started(parley, alice, case)
        await alice.reply(case.number, ANSWER)
        shown = await chidi.wait_for(lambda written: "label" in written.text)
        assert shown.thread_ts == asked
        again = await chidi.dm("Thank you!", thread_ts=asked)
        assert again != asked
        await parley.until(lambda c: last_words(c, "slack") == "Thank you!")
        assert len(await parley.desk.db.read(queries.list_cases, Filter())) == 1


async def test_dora_mails_and_her_answer_keeps_the_thread(parley: World) -> None:
    await parley.publish_returns()
    await parley.mail.add_mailbox("dora@example.org", "pass")
    async with parley.hire("Alice") as alice:
        asked = await parley.mail.send(
            "Dora Lind <dora@example.org>", HELP, "A wobbly chair", QUESTION
        )
        case = await case_of(parley, "email")
        assert (case.subject, case.customer_name) == ("A wobbly chair", "Dora Lind")
        await assert_everything_started(parley, alice, case)
        await alice.reply(case.number, ANSWER)
        answer = await parley.mail.wait_for("dora@example.org")
        assert answer.subject == "Re: A wobbly chair"
        assert answer.in_reply_to == asked
        await parley.mail.send(
            "Dora Lind <dora@example.org>",
            HELP,
            "Re: A wobbly chair",
            "Thank you!",
            in_reply_to=answer.message_id,
        )
        await parley.until(lambda c: last_words(c, "email") == "Thank you!")
        assert len(await parley.desk.db.read(queries.list_cases, Filter())) == 1


async def test_ada_chats_with_the_bot_asks_for_a_person_and_is_answered(parley: World) -> None:
    await parley.publish_returns()
    async with parley.hire("Alice") as alice, parley.visit() as wire:
        await wire.send("msg", cid="cid-00001", text="hello")
        assert (await said_by(wire, "bot"))["text"]
        await wire.send("msg", cid="cid-00002", text="I want to talk to a human please")
        case = await case_of(parley, "chat", with_bot=False)
        await assert_everything_started(parley, alice, case, suggested=False)
        await alice.reply(case.number, ANSWER)
        shown = await said_by(wire, "agent")
        assert shown["from"]["name"] == "Alice"
        assert "label" in shown["text"]


async def case_of(parley: World, channel: str, *, with_bot: bool | None = None) -> CaseRow:
    def look(c: Connection) -> CaseRow | None:
        rows = queries.list_cases(c, Filter(statuses=tuple(Status)))
        fitting = [row for row in rows if row.channel == channel]
        return next((row for row in fitting if with_bot in (None, row.with_bot)), None)

    found: CaseRow = await parley.until(look)
    return found


async def assert_everything_started(
    parley: World, alice: Person, case: CaseRow, *, suggested: bool = True
) -> None:
    """Routed to Alice with the reason stored, its clocks running, an answer suggested."""
    made = await parley.until(
        lambda c: [one for one in decisions(c, case.number) if one.agent_id == alice.id]
    )
    assert "Alice" in made[0].sentence
    now = parley.clock.now()
    running = await parley.until(lambda c: clocks(c, [case.id], now).get(case.id))
    assert {"first_response", "resolution"} <= {str(clock.metric) for clock in running}
    if suggested:
        await parley.until(lambda c: bool(suggestions_of(c, case.number)))
        found = await alice.get(f"/api/v1/cases/{case.number}/suggestions")
        assert found["items"][0]["title"] == "Returning an item"
        assert found["items"][0]["reason"]


def answer_state(c: Connection, case_id: int) -> str:
    return [said.state for said in messages_of(c, case_id) if said.author == "agent"][-1]


def last_words(c: Connection, channel: str) -> str:
    rows = queries.list_cases(c, Filter(statuses=tuple(Status)))
    return next((row.preview for row in rows if row.channel == channel), "")


async def said_by(wire: Wire, kind: str) -> dict[str, Any]:
    """Return the next line on the visitor's page that was written by `kind`."""
    while (frame := await wire.until("msg"))["from"].get("kind") != kind:
        pass
    return frame
