"""Slack as a customer's channel: threads that are cases, and what the customer is told of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.flows.numbers import on_event
from channels.slack.needs import FROM_MESSAGE
from desk.cases import queries
from desk.cases.jobs import close_resolved
from desk.cases.queries import CaseRow, Filter
from desk.cases.rules import Status
from desk.events import log
from desk.events.log import START
from desk.messages.queries import messages_of
from tests.world import World, world


@asynccontextmanager
async def desk(tmp_path: Path, **settings: Any) -> AsyncIterator[World]:
    """Run a desk whose Slack inbox has these settings besides."""
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made:
        made.slack_settings = settings
        async with made.open():
            yield made


async def cases_of(parley: World, count: int) -> list[CaseRow]:
    """Return all cases, oldest first, as soon as there are so many."""

    def enough(c: Connection) -> list[CaseRow] | None:
        found = sorted(
            queries.list_cases(c, Filter(statuses=tuple(Status))), key=lambda case: case.number
        )
        return found if len(found) == count else None

    found: list[CaseRow] = await parley.until(enough)
    return found


def lines(person: Any, words: str) -> list[str]:
    return [shown.text for shown in person.messages() if words in shown.text]


async def test_a_customer_is_told_the_number_of_his_case_once(tmp_path: Path) -> None:
    async with desk(tmp_path, tells_numbers=True, join_minutes=0) as parley:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        asked = await chidi.dm("When does it come?")
        shown = await chidi.wait_for(lambda written: written.text == "Your case is #1001.")
        assert shown.thread_ts == asked
        await chidi.dm("Soon?", thread_ts=asked)
        other = await chidi.dm("And the other parcel?")
        shown = await chidi.wait_for(lambda written: written.text == "Your case is #1002.")
        assert shown.thread_ts == other

        def again(c: Connection) -> None:  # as a reader does that lost its place in a crash
            for event in log.read(c, START, 500):
                on_event(c, event, talk=parley.desk.talk, now=parley.clock.now())

        await parley.desk.db.write(again)
        (first, _) = await cases_of(parley, 2)
        told = await parley.desk.db.read(messages_of, first.id)
        assert [one.author for one in told] == ["customer", "system", "customer"]


async def test_after_a_merge_the_thread_stays_and_says_where_it_goes_on(tmp_path: Path) -> None:
    async with (
        desk(tmp_path, tells_numbers=True, join_minutes=0) as parley,
        parley.hire("Sam") as sam,
    ):
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        await chidi.dm("When does it come?")
        await cases_of(parley, 1)
        again = await chidi.dm("When, please?")
        one, other = await cases_of(parley, 2)
        await sam.post(f"/api/v1/cases/{other.number}/merge", into=one.number)
        shown = await chidi.wait_for(lambda written: "goes on as" in written.text)
        assert (shown.text, shown.thread_ts) == ("Your case #1002 goes on as #1001.", again)
        await chidi.dm("I wait here.", thread_ts=again)
        await parley.until(lambda c: messages_of(c, one.id)[-1].text == "I wait here.")
        assert len(lines(chidi, "goes on as")) == 1


async def test_where_nobody_wants_numbers_none_are_told(tmp_path: Path) -> None:
    async with desk(tmp_path) as parley, parley.hire("Alice") as alice:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        await chidi.dm("When does it come?")
        (case,) = await cases_of(parley, 1)
        await alice.reply(case.number, "On Monday.")
        await chidi.wait_for(lambda written: "Monday" in written.text)
        assert len(chidi.messages()) == 2


async def test_a_case_opened_by_form_goes_on_in_a_thread_of_the_direct_message(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as parley, parley.hire("Alice") as alice:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        await chidi.forms.command("Printer *on* fire")
        for again in (True, False):  # his finger slipped
            wrong = await chidi.forms.submit(
                again=again, description="Since noon.", kind="incident"
            )
            assert wrong == {}
        receipt = await chidi.wait_for(lambda written: written.from_app)
        assert receipt.text == "Your case is #1001: Printer *on* fire. The answer comes here."
        (case,) = await cases_of(parley, 1)
        assert (case.subject, case.kind) == ("Printer *on* fire", "incident")
        await alice.reply(case.number, "Leave the room.")
        shown = await chidi.wait_for(lambda written: "Leave" in written.text)
        assert shown.thread_ts == receipt.ts
        await chidi.dm("I have left.", thread_ts=receipt.ts)
        await parley.until(lambda c: messages_of(c, case.id)[-1].text == "I have left.")
        await alice.reply(case.number, "Good.")
        shown = await chidi.wait_for(lambda written: written.text == "Good.")
        assert shown.thread_ts == receipt.ts
        await cases_of(parley, 1)


async def test_a_form_about_a_message_makes_its_thread_the_case(tmp_path: Path) -> None:
    async with desk(tmp_path, watch="nobody") as parley, parley.hire("Alice") as alice:
        parley.slack.channel("C1HELP", "help")
        dora = parley.slack.person("U1DORA", "Dora Lind")
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        asked = await dora.post("C1HELP", "The lamp flickers")
        await chidi.post("C1HELP", "Mine too", thread_ts=asked)
        await chidi.forms.message_shortcut("C1HELP", asked, FROM_MESSAGE)
        assert await chidi.forms.submit() == {}
        (case,) = await cases_of(parley, 1)
        assert case.customer_name == "Chidi Obi"
        await chidi.wait_for(lambda written: "eyes" in chidi.reactions(asked))
        await alice.reply(case.number, "Since when?")
        shown = await dora.wait_for(lambda written: "Since when" in written.text)
        assert (shown.channel, shown.thread_ts) == ("C1HELP", asked)
        await dora.post("C1HELP", "Since Monday", thread_ts=asked)
        await parley.until(lambda c: messages_of(c, case.id)[-1].text == "Since Monday")
        await cases_of(parley, 1)


async def test_a_form_about_a_message_that_has_a_case_goes_into_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as parley:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        asked = await chidi.dm("When does it come?")
        (case,) = await cases_of(parley, 1)
        await chidi.forms.message_shortcut(chidi.dm_channel, asked, FROM_MESSAGE)
        await chidi.forms.submit(subject="Late", description="It is late by a week.")
        await parley.until(lambda c: len(messages_of(c, case.id)) == 2)
        await cases_of(parley, 1)


async def test_direct_messages_close_together_are_one_case(tmp_path: Path) -> None:
    async with desk(tmp_path) as parley, parley.hire("Alice") as alice:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        await chidi.dm("Hello")
        (case,) = await cases_of(parley, 1)
        last = await chidi.dm("When does it come?")
        await parley.until(lambda c: len(messages_of(c, case.id)) == 2)
        await alice.reply(case.number, "On Monday.")
        shown = await chidi.wait_for(lambda written: "Monday" in written.text)
        assert shown.thread_ts == last


async def test_an_emoji_on_a_colleagues_message_opens_a_case_of_his(tmp_path: Path) -> None:
    async with desk(tmp_path) as parley, parley.hire("Alice") as alice:
        parley.slack.channel("C1HELP", "help")
        dora = parley.slack.person("U1DORA", "Dora Lind")
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        asked = await dora.post("C1HELP", "The lamp flickers")
        await chidi.post("C1HELP", "Let me ask", thread_ts=asked)
        await chidi.react(asked, "ticket")
        (case,) = await cases_of(parley, 1)
        assert (case.customer_name, case.subject) == ("Dora Lind", "The lamp flickers")
        await chidi.wait_for(lambda written: "eyes" in chidi.reactions(asked))
        await alice.reply(case.number, "Since when?")
        shown = await dora.wait_for(lambda written: "Since when" in written.text)
        assert shown.thread_ts == asked
        await chidi.react(asked, "ticket", on=False)
        await chidi.react(asked, "ticket")
        await cases_of(parley, 1)


async def test_a_reply_reopens_a_resolved_case_and_follows_a_closed_one(tmp_path: Path) -> None:
    async with desk(tmp_path, join_minutes=0) as parley, parley.hire("Alice") as alice:
        chidi = parley.slack.person("U1CHIDI", "Chidi Obi")
        asked = await chidi.dm("When does it come?")
        (case,) = await cases_of(parley, 1)
        await alice.put(f"/api/v1/cases/{case.number}/status", status="resolved")
        await chidi.dm("It has not come at all!", thread_ts=asked)
        await parley.until(lambda c: queries.by_id(c, case.id).status == "open")
        await alice.put(f"/api/v1/cases/{case.number}/status", status="resolved")
        later = parley.clock.now() + timedelta(days=90)
        await parley.desk.db.write(close_resolved, now=later)
        await parley.until(lambda c: queries.by_id(c, case.id).status == "closed")
        await chidi.dm("Still nothing, by the way", thread_ts=asked)
        _, after = await cases_of(parley, 2)
        assert after.follows_id == case.id
        await alice.reply(after.number, "I look into it.")
        shown = await chidi.wait_for(lambda written: "look into" in written.text)
        assert shown.thread_ts == asked
