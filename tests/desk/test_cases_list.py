"""Lists of cases by keyset: every case once, in order, page after page."""

from datetime import timedelta

from desk.cases.queries import Filter, list_cases
from desk.db.engine import Database
from tests.conftest import MONDAY
from tests.desk.small_desk import furnish, write


async def test_pages_of_cases_hold_every_case_once(database: Database) -> None:
    desk = await database.write(furnish, MONDAY)
    written = [
        await database.write(write, desk, MONDAY + timedelta(minutes=n // 2)) for n in range(7)
    ]
    seen: list[int] = []
    before = None
    while page := await database.read(list_cases, Filter(), before=before, limit=3):
        seen += [row.id for row in page]
        assert len(seen) <= len(written)
        before = (page[-1].last_message_at, page[-1].id)
    assert seen == written[::-1]
