"""What lives as long as the desk: workers that come back, a secret that is whole, tidying up."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import lifetimes
from bot.files import FolderBlobs, own_secret
from bot.timekeeper import Timekeeper
from channels.sandbox.paper import said
from desk.customers import actions as customers
from desk.customers.tables import link_tokens
from desk.db.engine import Database
from desk.kit.clock import FrozenClock
from desk.kit.errors import ChannelBusy, DeskError
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled


async def test_a_worker_that_dies_is_begun_again() -> None:
    begun, alive = 0, asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ZeroDivisionError
        alive.set()
        await asyncio.Event().wait()

    async with lifetimes.workers({"fragile": work}, again_s=0.01):
        async with asyncio.timeout(5):
            await alive.wait()
    assert begun == 3


def test_the_secret_is_made_once_and_a_cut_one_signs_nothing(tmp_path: Path) -> None:
    secret = own_secret(tmp_path)
    assert (len(secret), own_secret(tmp_path)) == (64, secret)
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    (tmp_path / "secret").write_text("")
    with pytest.raises(DeskError, match="cut short"):
        own_secret(tmp_path)


async def test_a_disk_that_takes_no_file_is_tried_again_later(tmp_path: Path) -> None:
    def spoil() -> Path:
        path = tmp_path / "no folder"
        path.write_text("")
        return path

    with pytest.raises(ChannelBusy, match="cannot be kept"):
        await FolderBlobs(await asyncio.to_thread(spoil)).put(b"content")


async def test_what_has_run_out_is_removed(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    desk = PaperDesk(database, clock, tmp_path)
    await desk.furnish()
    async with desk.working():
        await desk.arrive("1", said("m1", "hello"))
        await desk.until(settled)
    await database.write(customers.create_link_token, 1, now=clock.now())
    timekeeper = Timekeeper(database, clock, {}, timedelta(days=4))
    await timekeeper.tidy_up()
    assert len(await database.read(lambda c: c.execute(select(link_tokens)).all())) == 1
    clock.advance(timedelta(minutes=16))
    await timekeeper.tidy_up()
    assert await database.read(lambda c: c.execute(select(link_tokens)).all()) == []
