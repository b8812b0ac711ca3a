"""A newcomer at the demo: its page over HTTP, with the phones on it and the doors beside."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import randrange
from subprocess import PIPE, STDOUT, Popen
from typing import Any

import aiohttp

HOST = "127.0.0.1"


class Visit:
    """One browser: a cookie jar, and what the page has shown so far."""

    def __init__(self, http: aiohttp.ClientSession, port: int) -> None:
        self.http = http
        self.page = f"http://{HOST}:{port}"
        self.desk = f"http://{HOST}:{port + 1}"
        self.shown: dict[str, Any] = {}
        self._changed = asyncio.Event()

    async def do(self, phone: str, action: str, **asked: str) -> None:
        """Do something on a phone."""
        url = f"{self.page}/phones/{phone}/{action}"
        async with self.http.post(url, json=asked) as answer:
            assert answer.status == 200, await answer.text()

    async def until(self, name: str, holds: Callable[[Any], Any], timeout_s: float = 20.0) -> Any:
        """Return what `holds` returns of what the page shows under `name`, once it is true."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (name in self.shown and (found := holds(self.shown[name]))):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as late:
            raise AssertionError(f"The page shows only {self.shown}") from late
        return found

    async def sign_in(self, who: str) -> Any:
        """Open a door of the page; return who one is at the desk then."""
        accept = {"Accept": "application/json"}
        async with self.http.post(f"{self.page}/as/{who}", headers=accept) as answer:
            door = (await answer.json())["door"]
        form, origin = {"next": "/api/v1/me"}, {"Origin": self.page}
        async with self.http.post(self.desk + door, data=form, headers=origin) as me:
            assert me.status == 200, await me.text()
            return await me.json()

    async def get(self, path: str) -> Any:
        """Return what the desk's API answers."""
        async with self.http.get(self.desk + path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def case_of(self, customer: str) -> Any:
        """Return the newest case of a customer, as soon as somebody has it."""

        def theirs(page: Any) -> Any:
            of = [case for case in page["items"] if case["customer_name"] == customer]
            return of[0] if of and of[0]["assignee_id"] else None

        return await self.ask_until("/api/v1/cases", theirs)

    async def ask_until(self, path: str, holds: Callable[[Any], Any]) -> Any:
        """Ask the desk's API until `holds` returns something of the answer, and return that."""
        for _ in range(200):
            answer = await self.get(path)
            if found := holds(answer):
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path} says only {answer}; the page shows {self.shown}")

    async def reply(self, number: int, text: str) -> None:
        """Answer a case as whoever is signed in."""
        url = f"{self.desk}/api/v1/cases/{number}/replies"
        async with self.http.post(url, json={"text": text}) as answer:
            assert answer.status == 201, await answer.text()

    async def look(self) -> None:
        """Follow what the page shows, until cancelled."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.http.get(f"{self.page}/live", timeout=timeout) as stream:
            name = ""
            async for raw in stream.content:
                field, _, value = raw.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    self.shown[name] = json.loads(value)
                    self._changed.set()


@asynccontextmanager
async def visit(port: int) -> AsyncIterator[Visit]:
    """Open the page."""
    jar = aiohttp.CookieJar(unsafe=True)  # else no cookies for 127.0.0.1
    limit = aiohttp.ClientTimeout(total=30)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        cookie_jar=jar, timeout=limit, connector=connector, read_bufsize=2**20
    ) as http:
        visitor = Visit(http, port)
        looking = asyncio.create_task(visitor.look())
        try:
            yield visitor
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


@contextmanager
def running_demo(port: int, *options: str) -> Iterator[Popen[str]]:
    """Run `parley demo` as a newcomer does, until the block ends; the page is open inside."""
    command = [sys.executable, "-m", "bot", "demo", "--no-open", "--port", str(port), *options]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with Popen(command, stdout=PIPE, stderr=STDOUT, text=True, env=env) as process:
        try:
            told = []
            for line in process.stdout or ():
                told.append(line)
                if line.startswith("The demo is at"):
                    break
            assert told, "the demo said nothing"
            assert "The demo is at" in told[-1], "".join(told)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


def free_ports() -> int:
    """Return a port that is free, and the next one too.

    They are below those a system hands out by itself: the demo's own providers get such ones
    before the page and the desk listen on theirs.
    """
    while True:
        port = randrange(20_000, 32_000, 2)
        with socket.socket() as one, socket.socket() as next_one:
            try:
                one.bind((HOST, port))
                next_one.bind((HOST, port + 1))
            except OSError:
                continue
            return port
