"""Customers say how it went, each where he wrote, once, and a supervisor hears of the bad ones.

*Alice answers Bruno (Telegram), Chidi (Slack), Ada (chat) and Dora (mail), and each case is done.
Sam supervises.*
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from sqlalchemy import Connection, Row, select

from desk.cases.queries import CaseRow
from desk.customers.queries import identity
from desk.events import log
from desk.http.permissions import Role
from desk.messages.queries import messages_of
from desk.notices import queries as notices
from desk.satisfaction.tables import rating_refusals, ratings
from tests.channels.chat_page import Wire
from tests.stories.test_four_channels import ANSWER, case_of
from tests.world import HELP, Person, World, world

DORA = "dora@example.org"


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[World]:
    """A running desk that asks every customer."""
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made:
        made.ratings = True
        async with made.open():
            yield made


async def test_bruno_rates_with_one_press_and_says_more_on_a_page(asking: World) -> None:
    async with asking.hire("Alice") as alice, asking.hire("Sam", Role.SUPERVISOR) as sam:
        bruno = asking.telegram.customer(7, "Bruno", "Rossi", language="it")
        await bruno.send("My lamp flickers")
        case = await done(asking, alice, "telegram")
        asked = await bruno.wait_for(lambda written: bool(written.buttons))
        assert asked.text.endswith("da 1 (pessimo) a 5 (ottimo).")
        labels = [button["text"] for row in asked.buttons for button in row]
        assert labels == ["1 😞", "2 🙁", "3 😐", "4 🙂", "5 😀"]
        await bruno.press(asked.id, "rating:2")
        rated = await bruno.wait_for(lambda one: one.id == asked.id and "2 su 5" in one.text)
        assert not rated.buttons
        page = next(entity["url"] for entity in rated.entities if entity["type"] == "text_link")
        kept = await send_form(asking, page, score="2", comment="It still flickers.")
        assert "Grazie." in kept
        row = await given(asking, case)
        assert (row.score, row.comment, row.agent_id) == (2, "It still flickers.", alice.id)
        assert await status(alice, case) == "resolved"  # a comment opens nothing
        await asking.until(lambda c: notices.unseen(c, sam.id))
        (told,) = (await sam.get("/api/v1/notices"))["items"]
        assert (told["kind"], told["number"]) == ("rated", case.number)
        (low,) = (await sam.get("/api/v1/ratings?which=open"))["items"]
        assert (low["score"], low["agent_name"]) == (2, "Alice")
        await sam.post(f"/api/v1/ratings/{low['id']}/follow-up")
        assert (await sam.get("/api/v1/ratings?which=open"))["items"] == []


async def test_chidi_rates_in_his_thread_and_nobody_else_does_for_him(asking: World) -> None:
    async with asking.hire("Alice") as alice:
        chidi = asking.slack.person("U1CHIDI", "Chidi Obi")
        started = await chidi.dm("My lamp flickers")
        case = await done(asking, alice, "slack")
        asked = await chidi.wait_for(lambda shown: "5 (very good)" in shown.text)
        assert asked.thread_ts == started
        await chidi.press(asked.ts, "rating:5")
        rated = await chidi.wait_for(lambda shown: "You chose 5 of 5" in shown.text)
        assert rated.ts == asked.ts
        assert not rated.buttons
        assert (await given(asking, case)).score == 5
        kinds = [event.kind for event in await asking.desk.db.read(log.of_case, case.id)]
        assert kinds.count("rating.given") == 1


async def test_ada_rates_in_the_chat(asking: World) -> None:
    async with asking.hire("Alice") as alice, asking.visit() as wire:
        await wire.send("msg", cid="cid-00001", text="I want to talk to a human please")
        case = await done(asking, alice, "chat")
        asked = await shown(wire, lambda frame: bool(frame.get("choices")))
        action = {"value": "rating:4", "source": asked["id"]}
        await wire.send("msg", cid="cid-00002", text="4 🙂", action=action)
        rated = await shown(wire, lambda frame: frame["t"] == "edit")
        assert rated["of"] == asked["id"]
        assert rated["choices"] == []
        assert rated["text"].startswith("You chose 4 of 5.")
        assert (await given(asking, case)).score == 4
        assert await status(alice, case) == "resolved"


async def test_dora_rates_by_a_link_that_a_scanner_may_follow(asking: World) -> None:
    await asking.mail.add_mailbox(DORA, "pass")
    async with asking.hire("Alice") as alice:
        await asking.mail.send(f"Dora Lind <{DORA}>", HELP, "A wobbly chair", "It wobbles")
        case = await done(asking, alice, "email")
        letter = await asking.mail.wait_for(DORA, lambda mail: "/rate/" in mail.text)
        links = re.findall(r"https?://\S+/rate/[\w.]+\?score=\d", letter.text)
        assert [link[-1] for link in links] == ["1", "2", "3", "4", "5"]
        for link in links:
            assert 'type="radio"' in await open_page(link)  # as a scanner does
        assert (await asking.desk.db.read(rating_of, case)).score is None
        await send_form(asking, links[3].partition("?")[0], score="4", comment="")
        assert (await given(asking, case)).score == 4
        (asked, *_) = reversed(await asking.desk.db.read(messages_of, case.id))
        assert "/rate/" not in f"{asked.text}{asked.html}{asked.choices}"  # no agent can vote


async def test_a_mail_program_ends_being_asked_with_one_click(asking: World) -> None:
    await asking.mail.add_mailbox(DORA, "pass")
    async with asking.hire("Alice") as alice:
        await asking.mail.send(f"Dora Lind <{DORA}>", HELP, "A wobbly chair", "It wobbles")
        case = await done(asking, alice, "email")
        letter = await asking.mail.wait_for(DORA, lambda mail: "/rate/" in mail.text)
        answer = await asking.mail.wait_for(DORA, lambda mail: "label" in mail.text)
        assert "list-unsubscribe" not in answer.headers  # a person's words
        stop = letter.headers["list-unsubscribe"].strip("<>")
        async with aiohttp.ClientSession() as anybody:
            async with anybody.post(stop, data={"List-Unsubscribe": "One-Click"}) as done_so:
                assert done_so.status == 200
            async with anybody.get(stop.replace("/stop", "")) as other:
                assert other.status == 404  # each address opens one door
        refused = select(rating_refusals.c.identity_id)
        (identity_id,) = await asking.desk.db.read(lambda c: c.scalars(refused).all())
        assert (await asking.desk.db.read(identity, identity_id)).address == DORA
        assert (await asking.desk.db.read(rating_of, case)).score is None


async def done(asking: World, alice: Person, channel: str) -> CaseRow:
    """Let Alice answer and resolve the case of a channel."""
    case = await case_of(asking, channel, with_bot=False)
    await alice.reply(case.number, ANSWER, then="resolved")
    return case


async def given(asking: World, case: CaseRow) -> Row[Any]:
    """Return the rating of a case as soon as there is a score."""

    def look(c: Connection) -> Row[Any] | None:
        row = rating_of(c, case)
        return row if row is not None and row.score is not None else None

    found: Row[Any] = await asking.until(look)
    return found


def rating_of(c: Connection, case: CaseRow) -> Any:
    return c.execute(select(ratings).where(ratings.c.case_id == case.id)).one_or_none()


async def status(alice: Person, case: CaseRow) -> str:
    shown = await alice.get(f"/api/v1/cases/{case.number}")
    return str(shown["case"]["status"])


async def open_page(link: str) -> str:
    async with aiohttp.ClientSession() as http, http.get(link) as page:
        assert page.status == 200
        return await page.text()


async def send_form(asking: World, link: str, **fields: str) -> str:
    """Send the page's form and return what is shown then."""
    assert urlsplit(link).path.startswith("/rate/")
    async with aiohttp.ClientSession() as http, http.post(link, data=fields) as page:
        assert page.status == 200
        return await page.text()


async def shown(wire: Wire, wanted: Any) -> dict[str, Any]:
    """Return the first frame that is wanted."""
    while True:
        frame = await wire.until("msg", "edit")
        if wanted(frame):
            return frame
