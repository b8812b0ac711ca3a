"""The worlds of the contracts: one desk for all of a run, and a customer of his own for each."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.contracts.channels.gates import Gate, gate_of
from tests.contracts.channels.house import House, Side, side_of
from tests.contracts.channels.lines import Line, line_of

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run everything here on one loop: the desk that they share lives on it."""
    here = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if pytest_asyncio.is_async_test(item) and item.path.parent == _HERE:
            item.add_marker(here, append=False)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The desk, open until the last contract here is kept: no other test runs beside it."""
    async with House(tmp_path_factory.mktemp("house")).lived_in() as house:
        yield house
    left = house.tasks
    if left:
        await asyncio.wait(left, timeout=0.5)
    assert house.tasks == []


@pytest_asyncio.fixture(loop_scope="session")
async def side(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Side]:
    """A new customer of the channel that the contract is looked at for."""
    async with side_of(house, request.param) as side:
        yield side


@pytest_asyncio.fixture(loop_scope="session")
async def tasks_watched(house: House) -> AsyncIterator[None]:
    """Look, when all else is torn down, for tasks that the test left behind; not the house's."""
    yield
    left = asyncio.all_tasks() - {asyncio.current_task(), *house.tasks}
    if left:
        _, left = await asyncio.wait(left, timeout=0.5)
    names = ", ".join(sorted(f"{task.get_name()} {task.get_coro()}" for task in left))
    assert not left, f"tasks left behind: {names}"


@pytest_asyncio.fixture(loop_scope="session")
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    """A channel alone on its wire, with a desk in memory."""
    async with line_of(request.param) as line:
        yield line


@pytest_asyncio.fixture(loop_scope="session")
async def gate(request: pytest.FixtureRequest) -> AsyncIterator[Gate]:
    """The door that strangers can knock at."""
    async with gate_of(request.param) as gate:
        yield gate


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """The channel's kind, where nothing runs."""
    return str(request.param)
