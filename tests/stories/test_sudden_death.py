"""The desk is killed in the middle of a conversation, twice; nobody has to repeat himself.

*Bruno writes on Telegram while the desk dies and comes back. Alice sees every line of his once,
in order, and her answer reaches him once.*
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from channels.sandbox.telegram.phone import Phone
from tests.world import World, world

LINES = [f"line {number}" for number in range(40)]
SIGN_IN = {"email": "alice@desk.example", "password": "correct horse battery staple"}


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_killing_the_desk_twice_loses_no_line_and_doubles_none(tmp_path: Path) -> None:
    async with world(tmp_path, f"sqlite:///{tmp_path}/parley.db") as made:
        settings = tmp_path / "config.yaml"
        await asyncio.to_thread(settings.write_bytes, msgspec.yaml.encode(made.config()))
        await hire_alice(settings)
        bruno = made.telegram.customer(7, "Bruno", "Rossi")
        writing = asyncio.create_task(write(bruno))
        for _ in range(2):
            async with living(settings, made) as desk:
                await answers(made)
                await asyncio.sleep(0.25)
                desk.send_signal(signal.SIGKILL)
        async with living(settings, made), alice_of(made) as alice:
            await writing
            shown = await until_all_lines(alice)
            assert shown == LINES
            await reply(alice, "I have read all of it.")
            answer = await bruno.wait_for(lambda line: not line.mine, timeout_s=15)
            assert answer.text == "I have read all of it."
        assert len(bruno.received) == 1


async def write(bruno: Phone) -> None:
    for text in LINES:
        await bruno.send(text)
        await asyncio.sleep(0.05)


async def hire_alice(settings: Path) -> None:
    words = ["--email", SIGN_IN["email"], "--name", "Alice", "--password", SIGN_IN["password"]]
    adding = await parley(settings, "agent", *words)
    assert await adding.wait() == 0


@asynccontextmanager
async def living(settings: Path, made: World) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the desk as a process of its own; it is ended one way or the other."""
    desk = await parley(settings, "run")
    try:
        yield desk
    finally:
        with contextlib.suppress(ProcessLookupError):
            desk.terminate()
        await desk.wait()


async def parley(settings: Path, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "--config", str(settings), *words),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def answers(made: World) -> None:
    """Return when the desk is ready."""
    async with aiohttp.ClientSession(made.base) as http, asyncio.timeout(20):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with http.get("/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def alice_of(made: World) -> AsyncIterator[aiohttp.ClientSession]:
    """Sign Alice in by her password, as at the screen."""
    await answers(made)
    headers = {"Origin": made.base}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(made.base, headers=headers, cookie_jar=jar) as http:
        async with http.post("/api/v1/session", json=SIGN_IN) as answer:
            assert answer.status == 200, await answer.text()
        yield http


async def until_all_lines(alice: aiohttp.ClientSession) -> list[str]:
    """Return what Bruno wrote as Alice sees it, once the last line is there.

    A killed process holds its leases for half a minute on PostgreSQL, until others take over.
    """
    async with asyncio.timeout(60):
        while True:
            listed = await get(alice, "/api/v1/cases")
            if listed["items"]:
                shown = await get(alice, f"/api/v1/cases/{listed['items'][0]['number']}")
                said = [line["text"] for line in shown["timeline"] if line["type"] == "message"]
                if said[-1:] == LINES[-1:]:
                    assert len(listed["items"]) == 1
                    return said
            await asyncio.sleep(0.1)


async def reply(alice: aiohttp.ClientSession, text: str) -> None:
    listed = await get(alice, "/api/v1/cases")
    number = listed["items"][0]["number"]
    async with alice.post(f"/api/v1/cases/{number}/replies", json={"text": text}) as answer:
        assert answer.status == 201, await answer.text()


async def get(alice: aiohttp.ClientSession, path: str) -> Any:
    async with alice.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()
