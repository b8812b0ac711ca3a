"""A world per story, on an SQLite file of its own that the desk itself migrates."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, world


@pytest.fixture
async def parley(tmp_path: Path) -> AsyncIterator[World]:
    """A running desk with every channel open, on the machine's own clock."""
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made, made.open():
        yield made
