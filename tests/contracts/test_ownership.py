"""What only one process may do: held by one, taken over when the holder is gone."""

import asyncio

import asyncpg
import pytest

from desk.db.engine import Database
from desk.db.open import open_database
from desk.kit.errors import DeskError


async def test_a_process_alone_has_what_it_asks_for(database: Database) -> None:
    async with database.holding("telegram/polling"), database.holding("mail/mailbox"):
        pass


async def test_the_second_process_waits_until_the_first_lets_go(postgresql_url: str) -> None:
    first, second = open_database(postgresql_url), open_database(postgresql_url)
    order: list[str] = []

    async def wait_for_it() -> None:
        async with second.holding("telegram/polling"):
            order.append("second has it")

    async with first.holding("telegram/polling"):
        waiting = asyncio.create_task(wait_for_it())
        await asyncio.sleep(0.3)
        order.append("first lets go")
    await waiting
    assert order == ["first lets go", "second has it"]
    await first.close()
    await second.close()


async def test_a_hold_whose_connection_breaks_ends_what_was_done_under_it(
    postgresql_url: str,
) -> None:
    database, held = open_database(postgresql_url), asyncio.Event()
    holder = asyncio.create_task(hold_for_long(database, held))
    await held.wait()
    await end_locks(postgresql_url)  # from outside: what is under the hold is cancelled
    with pytest.raises(DeskError, match="broke"):
        await holder
    async with database.holding("telegram/polling"):
        pass
    await database.close()


async def hold_for_long(database: Database, held: asyncio.Event) -> None:
    async with database.holding("telegram/polling"):
        held.set()
        await asyncio.sleep(10)


async def end_locks(url: str) -> None:
    admin = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks"
        " WHERE locktype = 'advisory' AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    await admin.close()
