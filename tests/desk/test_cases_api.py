"""The API of cases at its edges: nobody's agent, no queue, cursors that were made up."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from channels.sandbox.paper import said
from desk.cases import actions, queries
from desk.cases.api import _assignee
from desk.db.engine import Database
from desk.events.actors import SYSTEM
from desk.http.cursors import decode_cursor, encode_cursor
from desk.kit.clock import FrozenClock
from desk.kit.errors import Invalid, NotFound
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()
    async with paper.working():
        await paper.arrive("1", said("m1", "hello"))
        await paper.until(settled)
        yield paper


async def test_a_case_goes_to_no_agent_and_no_queue_that_is_not_there(desk: PaperDesk) -> None:
    now = desk.clock.now()
    with pytest.raises(Invalid, match="no such agent"):
        await desk.db.write(actions.assign, 1, 999, actor=SYSTEM, now=now)
    with pytest.raises(Invalid, match="no such queue"):
        await desk.db.write(actions.transfer, 1, 999, actor=SYSTEM, now=now)
    await desk.db.write(actions.assign, 1, desk.alice, actor=SYSTEM, now=now)
    assert (await desk.detail()).case.assignee_name == "Alice"


async def test_a_number_too_large_for_any_case_is_not_found(desk: PaperDesk) -> None:
    with pytest.raises(NotFound, match="#3000000000"):
        await desk.db.read(queries.by_number, 3_000_000_000)


def test_an_assignee_is_me_none_or_a_number() -> None:
    assert [_assignee(asked, 7) for asked in (None, "none", "me", "12")] == [None, None, 7, 12]
    for asked in ("somebody", "²", "٣", "-1", "9" * 19):
        with pytest.raises(Invalid, match="id of an agent"):
            _assignee(asked, 7)


@pytest.mark.parametrize(
    "keys",
    [
        (datetime(2026, 1, 1), 1),  # noqa: DTZ001 - no zone is the point
        ("9999-12-31T23:59:59-23:00", 1),
        ("2026-01-01T00:00:00Z", 2**63),
    ],
)
def test_a_cursor_that_no_column_could_hold_is_refused(keys: tuple[object, int]) -> None:
    with pytest.raises(Invalid, match="cursor"):
        decode_cursor(encode_cursor(*keys), tuple[datetime, int])
