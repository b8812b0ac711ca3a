"""A desk as a process of its own, which can be killed and begun again."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from bot.config import Config

ROOT = Path(__file__).parents[2]
SIGN_IN = {"email": "alice@desk.example", "password": "correct horse battery staple"}
_BEGINS_S = 60  # at most, on a machine with other things to do
_ENDS_S = 30


class Desk:
    """One desk by its settings file. Whoever uses it ends it."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.base = f"http://127.0.0.1:{config.http.port}"
        self.kills = 0
        self._settings = folder / "config.yaml"
        self._settings.write_bytes(msgspec.yaml.encode(config))
        self._log = folder / "desk.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process that lives now."""
        assert self._process is not None
        return self._process.pid

    async def hire_alice(self) -> None:
        """Let Alice answer here; makes the database."""
        who = ("--email", SIGN_IN["email"], "--name", "Alice", "--password", SIGN_IN["password"])
        adding = await self._parley("agent", *who)
        if await adding.wait() != 0:
            raise RuntimeError(await asyncio.to_thread(self._log.read_text, "utf-8"))

    async def begin(self) -> None:
        """Start the process and return when it is ready."""
        self._process = await self._parley("run")
        async with aiohttp.ClientSession(self.base) as http, asyncio.timeout(_BEGINS_S):
            while True:
                with contextlib.suppress(aiohttp.ClientConnectionError):
                    async with http.get("/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End the process without a word of warning."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
        self.kills += 1

    async def end(self) -> None:
        """Ask the process to stop, and wait until it has."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(_ENDS_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _parley(self, *words: str) -> asyncio.subprocess.Process:
        with await asyncio.to_thread(self._log.open, "ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bot", "--config", str(self._settings), *words),
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )


class Alice:
    """An agent at her screen: what she is shown, and what she writes until it was taken."""

    def __init__(self, base: str) -> None:
        self._http = aiohttp.ClientSession(
            base,
            headers={"Origin": base},
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=10),
        )
        self._number = 0

    async def close(self) -> None:
        """Leave."""
        await self._http.close()

    async def sign_in(self) -> None:
        """Sign in by password; it holds over restarts."""
        await self._ask("POST", "/api/v1/session", SIGN_IN)

    async def cases(self) -> list[dict[str, Any]]:
        """Return every case that is active."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self._ask("GET", f"/api/v1/cases?limit=100{after}")
            found += page["items"]
            if not page["next"]:
                return found
            after = f"&after={page['next']}"

    async def timeline(self, number: int) -> list[dict[str, Any]]:
        """Return what was said in a case, oldest first."""
        shown = await self._ask("GET", f"/api/v1/cases/{number}")
        return [line for line in shown["timeline"] if line["type"] == "message"]

    async def reply(self, number: int, text: str) -> None:
        """Write to a customer, again with the same key until the desk says it has it."""
        self._number += 1
        body = {"text": text, "client_id": f"chaos-{self._number}", "then": "open"}
        while True:
            try:
                await self._ask("POST", f"/api/v1/cases/{number}/replies", body)
                return
            except aiohttp.ClientResponseError as refused:
                if refused.status < 500:
                    raise
            except (aiohttp.ClientError, TimeoutError):
                pass  # the desk is dead, or died with it
            await asyncio.sleep(0.05)

    async def live(self) -> aiohttp.ClientResponse:
        """Return the stream of what happens at the desk from now on."""
        forever = aiohttp.ClientTimeout(total=None)
        return await self._http.get("/api/v1/live", timeout=forever)

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        async with self._http.request(method, path, json=body) as answer:
            answer.raise_for_status()
            words = await answer.read()
            return msgspec.json.decode(words) if words else None
