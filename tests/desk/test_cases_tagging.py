"""Tags of cases: put on, taken off, counted, and what they lead to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from desk.cases import merging, tagging
from desk.cases.timeline import EventLine
from desk.db.engine import Database
from desk.events.actors import agent
from desk.kit.clock import FrozenClock
from desk.kit.errors import Invalid
from desk.ports.messages import InboundMessage, Sender
from desk.web import workspace_queries as lists
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        for key in ("a", "b"):
            who = Sender(address=f"{key}@example.org")
            said = InboundMessage(external_id=key, sender=who, thread=key, text="hello")
            await paper.arrive(key, said, order=key)
        await paper.until(settled)
        yield paper


async def tag(desk: PaperDesk, case_id: int, *tags: str) -> None:
    who, now = agent(desk.alice), desk.clock.now()
    await desk.db.write(tagging.set_tags, case_id, tags, actor=who, now=now)


async def view(desk: PaperDesk, name: str) -> list[int]:
    page, _ = await desk.db.read(lists.page, name, desk.alice, None, desk.clock.now())
    return [row.case.id for row in page.items]


async def test_a_tag_is_one_however_it_is_written_and_leads_to_its_cases(desk: PaperDesk) -> None:
    await tag(desk, 1, " VIP ", "vip", "Lamp")
    await tag(desk, 2, "vip")
    assert [row.tags for row in await desk.cases()] == [["lamp", "vip"], ["vip"]]
    assert sorted(await view(desk, "tag:vip")) == [1, 2]
    assert await view(desk, "tag:lamp") == [1]
    known = await desk.db.read(tagging.known_tags)
    assert [(one.tag, one.cases) for one in known] == [("vip", 2), ("lamp", 1)]
    await tag(desk, 1, "lamp")
    await tag(desk, 1, "lamp")
    assert await view(desk, "tag:vip") == [2]
    changes = [
        list(line.fact["removed"])
        for line in (await desk.detail()).timeline
        if isinstance(line, EventLine) and line.kind == "case.tagged"
    ]
    assert changes == [[], ["vip"]]


async def test_no_tag_too_many_tags_and_long_ones_are_refused(desk: PaperDesk) -> None:
    for wrong in (["  "], ["x" * 41], [str(n) for n in range(21)]):
        with pytest.raises(Invalid):
            await tag(desk, 1, *wrong)
    assert (await desk.cases())[0].tags == []


async def test_a_merged_case_keeps_its_own_tags(desk: PaperDesk) -> None:
    await tag(desk, 1, "lamp")

    def merge(c: Connection) -> None:
        merging.merge(c, 1, 2, actor=agent(desk.alice), now=desk.clock.now())

    await desk.db.write(merge)
    assert [row.tags for row in await desk.cases()] == [["lamp"], []]
