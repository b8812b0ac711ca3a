"""The desk in memory behaves as a channel expects of the real one."""

import asyncio

import pytest

from channels.sandbox.door import MemoryDoor
from desk.kit.clock import SystemClock
from desk.kit.errors import ChannelBusy
from desk.ports.channel import Arrival, Door


def arrival(key: str, line: bytes | None = None) -> Arrival:
    return Arrival(dedupe_key=key, order_key="ada", raw=b"hello", line=line)


async def test_the_same_payload_twice_is_kept_once() -> None:
    door = MemoryDoor(SystemClock())
    first, again = await door.accept([arrival("1"), arrival("1")], state={"cursor": b"1"})
    assert (first.fresh, again.fresh, len(door.arrivals)) == (True, False, 1)
    assert await door.load("cursor") == b"1"


async def test_a_door_in_trouble_keeps_nothing() -> None:
    door = MemoryDoor(SystemClock())
    door.trouble = ChannelBusy("the database is away", retry_after_s=1)
    with pytest.raises(ChannelBusy):
        await door.accept([arrival("1")], state={"cursor": b"1"})
    assert (door.arrivals, door.state) == ([], {})


async def test_a_transcript_has_no_gap_and_no_double_line() -> None:
    door = MemoryDoor(SystemClock())
    accepted = await door.accept([arrival("1", b"a"), arrival("2", b"b"), arrival("1", b"a")])
    assert [one.seq for one in accepted] == [1, 2, 1]
    assert (await door.append("ada", "3", b"c")).seq == 3
    assert [line.body for line in await door.transcript("ada", after_seq=1)] == [b"b", b"c"]


async def test_a_test_can_wait_for_an_arrival() -> None:
    door = MemoryDoor(SystemClock())
    waiting = asyncio.ensure_future(door.wait_for(1))
    await asyncio.sleep(0)
    await door.accept([arrival("1")])
    assert [one.dedupe_key for one in await waiting] == ["1"]


def test_it_is_a_door() -> None:
    door: Door = MemoryDoor(SystemClock())
    assert door is not None
