"""A newcomer at the demo: its page over HTTP, with the phones on it and the doors beside."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
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
        async with asyncio.timeout(timeout_s):
            while not (name in self.shown and (found := holds(self.shown[name]))):
                self._changed.clear()
                await self._changed.wait()
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
        async with asyncio.timeout(20):
            while True:
                items = (await self.get("/api/v1/cases"))["items"]
                for case in items:
                    if case["customer_name"] == customer and case["assignee_id"]:
                        return case
                await asyncio.sleep(0.1)

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
                if "http://" in line:
                    break
            assert process.poll() is None, "".join(told)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


def free_ports() -> int:
    """Return a port that is free, and the next one too."""
    while True:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind((HOST, 0))
            port = int(one.getsockname()[1])
            try:
                next_one.bind((HOST, port + 1))
            except OSError:
                continue
            return port
