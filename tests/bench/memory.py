"""What an idle desk holds: a process of its own with four inboxes connected to the sandbox."""

import asyncio
import sys
import tempfile
from pathlib import Path

import aiohttp
import msgspec

from tests.bench.figures import Figure, calibrate, figure
from tests.world import World, world

_ROOT = Path(__file__).parents[2]


async def measure(quick: bool) -> list[Figure]:
    """Return the resident memory a while after all four inboxes have connected."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with world(folder, f"sqlite:///{folder / 'bench.db'}") as made:
            settings = folder / "config.yaml"
            settings.write_bytes(msgspec.yaml.encode(made.config()))
            command = [sys.executable, "-m", "bot", "--config", str(settings), "run"]
            desk = await asyncio.create_subprocess_exec(*command, cwd=_ROOT)
            try:
                await _connected(made)
                await asyncio.sleep(2 if quick else 10)
                held_mb = await _resident_mb(desk.pid)
            finally:
                desk.terminate()
                await desk.wait()
    return [figure("memory, idle, four inboxes", held_mb, "MB", calibrate())]


async def _connected(made: World) -> None:
    """Return once the desk serves its chat and has opened its mailbox."""
    async with asyncio.timeout(60), aiohttp.ClientSession() as http:
        while made.mail.imap_connections == 0:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
        async with http.get(f"{made.base}/sign-in") as answer:
            await answer.read()


async def _resident_mb(process: int) -> float:
    """Return the resident memory of a process, as every Unix tells it."""
    asking = await asyncio.create_subprocess_exec(
        *("ps", "-o", "rss=", "-p", str(process)), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await asking.communicate()
    return int(told) / 1024
