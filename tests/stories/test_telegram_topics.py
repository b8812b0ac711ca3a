"""A bot with topics in private chats: each case is a topic there, both ways."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from desk.cases import queries
from desk.cases.queries import CaseRow, Filter
from desk.cases.rules import Status
from tests.world import World, world


@pytest.fixture
async def parley(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made:
        made.telegram.world.has_topics = True
        async with made.open():
            yield made


def case_about(c: Connection, words: str) -> CaseRow | None:
    found = queries.list_cases(c, Filter(statuses=tuple(Status)))
    return next((row for row in found if words in row.subject), None)


async def test_two_matters_are_two_topics_and_what_is_written_in_one_joins_its_case(
    parley: World,
) -> None:
    async with parley.hire("Alice") as alice:
        ada = parley.telegram.customer(4711, "Ada")
        await ada.send("My chair wobbles")
        chair: CaseRow = await parley.until(lambda c: case_about(c, "chair"))
        await ada.send("/new The lamp is dark")
        lamp: CaseRow = await parley.until(lambda c: case_about(c, "lamp"))
        await alice.reply(chair.number, "A new leg is on its way.")
        await alice.reply(lamp.number, "A new bulb is on its way.")
        leg = await ada.wait_for(lambda written: "leg" in written.text)
        bulb = await ada.wait_for(lambda written: "bulb" in written.text)
        names = {number: topic.name for number, topic in ada.topics.items()}
        assert names[leg.topic or 0] == f"#{chair.number} My chair wobbles"
        assert names[bulb.topic or 0] == f"#{lamp.number} The lamp is dark"
        await ada.send("The leg fits", topic=leg.topic)
        await parley.until(lambda c: "fits" in queries.by_id(c, chair.id).preview)
        await ada.send("The bulb shines", topic=bulb.topic)
        await parley.until(lambda c: "shines" in queries.by_id(c, lamp.id).preview)
        await alice.reply(chair.number, "Good.")
        good = await ada.wait_for(lambda written: written.text == "Good.")
        assert good.topic == leg.topic
        rows = await parley.desk.db.read(queries.list_cases, Filter(statuses=tuple(Status)))
    assert len(rows) == 2
    assert len(ada.topics) == 2


async def test_a_topic_whose_making_was_never_known_of_leads_to_its_case_all_the_same(
    parley: World,
) -> None:
    async with parley.hire("Alice") as alice:
        ada = parley.telegram.customer(4711, "Ada")
        await ada.send("My chair wobbles")
        chair: CaseRow = await parley.until(lambda c: case_about(c, "chair"))
        await ada.send("/new The lamp is dark")
        await parley.until(lambda c: case_about(c, "lamp"))
        parley.telegram.faults.drop(method="createForumTopic", processed=True)
        await alice.reply(chair.number, "A new leg is on its way.")
        leg = await ada.wait_for(lambda written: "leg" in written.text)
        [lost] = ada.topics
        assert leg.topic is None
        await ada.send("The leg fits", topic=lost)  # though he wrote about the lamp last
        await parley.until(lambda c: "fits" in queries.by_id(c, chair.id).preview)


async def test_the_topic_of_a_case_that_is_done_says_so_until_it_is_reopened(
    parley: World,
) -> None:
    async with parley.hire("Alice") as alice:
        ada = parley.telegram.customer(4711, "Ada")
        await ada.send("My chair wobbles")
        chair: CaseRow = await parley.until(lambda c: case_about(c, "chair"))
        await alice.reply(chair.number, "A new leg is on its way.", then="resolved")
        leg = await ada.wait_for(lambda written: "leg" in written.text)
        name = f"#{chair.number} My chair wobbles"
        assert leg.topic is not None
        await changed(parley, lambda: ada.topics[leg.topic or 0].name == f"✅ {name}")
        await ada.send("It does not fit, please help", topic=leg.topic)
        await changed(parley, lambda: ada.topics[leg.topic or 0].name == name)


async def changed(parley: World, holds: Callable[[], bool]) -> None:
    await parley.until(lambda _: holds())
