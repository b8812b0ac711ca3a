"""What tests in a browser ask for: a served desk, and Alice's screen, already signed in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk.db.sqlite import SqliteDatabase
from tests.browser.chromium import chromium
from tests.browser.screen import Screen
from tests.browser.workspace_desk import WorkDesk, open_desk


@pytest.fixture
async def desk(sqlite: SqliteDatabase, tmp_path: Path) -> AsyncIterator[WorkDesk]:
    """A small desk, served."""
    async with open_desk(sqlite, tmp_path / "files") as opened:
        yield opened


@pytest.fixture
async def screen(desk: WorkDesk) -> AsyncIterator[Screen]:
    """Alice's screen. At the end of the test nothing may have been complained about."""
    async with chromium() as browser:
        context = await browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="UTC"
        )
        shown = Screen(desk, await context.new_page())
        await shown.sign_in()
        yield shown
        assert shown.complaints == []
