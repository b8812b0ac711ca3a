"""Two desks on one PostgreSQL: they share the work, and one may die without anybody noticing.

*Bruno writes on Telegram. The desk that polls for him is killed; the other one goes on, and
Alice, who is signed in there, answers him.*
"""

import asyncio
import signal
from pathlib import Path

import msgspec
import pytest

from tests.postgres import PostgresServer
from tests.stories.test_sudden_death import (
    LINES,
    alice_of,
    answers,
    hire_alice,
    living,
    reply,
    until_all_lines,
    write,
)
from tests.world import World, free_port, world


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_the_desk_that_is_left_goes_on(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    with postgres_server.empty() as url:
        async with world(tmp_path, url) as first:
            second = World(
                tmp_path, url, first.clock, free_port(), first.mail, first.telegram, first.slack
            )
            one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
            await asyncio.to_thread(one.write_bytes, msgspec.yaml.encode(first.config()))
            await asyncio.to_thread(other.write_bytes, msgspec.yaml.encode(second.config()))
            await hire_alice(one)
            bruno = first.telegram.customer(7, "Bruno", "Rossi")
            async with living(one, first) as dying:
                await answers(first)
                async with living(other, second), alice_of(second) as alice:
                    writing = asyncio.create_task(write(bruno))
                    await asyncio.sleep(0.5)
                    dying.send_signal(signal.SIGKILL)
                    await writing
                    assert await until_all_lines(alice) == LINES
                    await reply(alice, "All of it arrived.")
                    answer = await bruno.wait_for(lambda line: not line.mine, timeout_s=15)
                    assert answer.text == "All of it arrived."
            assert len(bruno.received) == 1
