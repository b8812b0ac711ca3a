"""Messages a second through each channel's own door, over sockets, to the committed case.

The whole desk is at work as it would be: promises, routing, suggestions, search and the bot.
The providers are the sandbox, in this very process: its work is part of what is measured.
"""

import asyncio
import smtplib
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Connection, func, select

from bot.config import Config, Inbox
from desk.messages.tables import messages
from tests.bench.figures import Figure, calibrate, figure
from tests.world import HELP, World, free_port, world

CUSTOMERS = 20
_LOOK_S = 0.02  # looking after every commit would cost what is measured
_TOKEN = "bench-token"
_WORDS = "Hello, my order 20418 has not arrived yet. Could you find out where it is? Thank you!"

Write = Callable[["_BenchWorld", int], Coroutine[Any, Any, None]]


class _BenchWorld(World):
    """A world whose mail inbox has the doors that a mail server and a relay hand over by."""

    @cached_property
    def lmtp_port(self) -> int:
        """Where the desk takes mail from a mail server."""
        return free_port()

    def config(self) -> Config:
        """Return the world's settings with the other doors open."""
        config = super().config()
        door = {"protocol": "lmtp", "port": self.lmtp_port, "connections_per_peer": 50}
        more = {"door": door, "post": {"token": f"plain:{_TOKEN}"}}
        mail = Inbox(channel="email", settings={**self._mail(), **more})
        plenty = {"sessions_per_minute": 10**6, "messages_per_minute": 10**6}
        shop = Inbox(channel="chat", bot=True, settings=plenty)
        return Config(
            http=config.http,
            storage=config.storage,
            inboxes={**config.inboxes, "mail": mail, "shop": shop},
        )


async def measure(quick: bool) -> list[Figure]:
    """Return messages a second for each door, each at a desk of its own."""
    each = 5 if quick else 25
    doors = {
        "telegram, polling": _telegram,
        "slack, Socket Mode": _slack,
        "email, LMTP": _lmtp,
        "email, POST": _post,
        "chat, WebSocket": _chat,
    }
    return [await _rate(f"door: {name}", write, each) for name, write in doors.items()]


async def _rate(name: str, write: Write, each: int) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        async with world(path, f"sqlite:///{path / 'bench.db'}") as plain:
            boxes = plain.mail, plain.telegram, plain.slack
            made = _BenchWorld(path, plain.url, plain.clock, plain.port, *boxes)
            async with made.open():
                calibration, started = calibrate(), time.perf_counter()
                writing = asyncio.create_task(write(made, each))
                while await made.desk.db.read(_recorded) < CUSTOMERS * each:  # noqa: ASYNC110 - see _LOOK_S
                    await asyncio.sleep(_LOOK_S)
                took_s = time.perf_counter() - started
                await writing
    return figure(name, CUSTOMERS * each / took_s, "/s", calibration)


def _recorded(c: Connection) -> int:
    query = select(func.count()).select_from(messages).where(messages.c.author == "customer")
    return c.execute(query).scalar_one()


async def _telegram(made: World, each: int) -> None:
    phones = [made.telegram.customer(100 + n, f"Customer {n}", "") for n in range(CUSTOMERS)]
    for _ in range(each):
        for phone in phones:
            await phone.send(_WORDS)


async def _slack(made: World, each: int) -> None:
    people = [made.slack.person(f"U1BENCH{n}", f"Customer {n}") for n in range(CUSTOMERS)]
    for _ in range(each):
        for person in people:
            await person.dm(_WORDS)


async def _lmtp(made: "_BenchWorld", each: int) -> None:
    def deliver(customer: int) -> None:
        with smtplib.LMTP("127.0.0.1", made.lmtp_port) as server:
            for number in range(each):
                server.sendmail(_address(customer), [HELP], _mail(customer, number))

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(CUSTOMERS) as threads:  # the loop's own are the desk's
        await asyncio.gather(*(loop.run_in_executor(threads, deliver, n) for n in range(CUSTOMERS)))


async def _post(made: World, each: int) -> None:
    headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "message/rfc822"}
    async with aiohttp.ClientSession(made.base, headers=headers) as http:

        async def relay(customer: int) -> None:
            for number in range(each):
                raw = _mail(customer, number)
                async with http.post("/inbound/email/mail", data=raw) as answer:
                    answer.raise_for_status()

        await asyncio.gather(*(relay(customer) for customer in range(CUSTOMERS)))


async def _chat(made: World, each: int) -> None:
    async def visit(customer: int) -> None:
        async with made.visit() as wire:
            for number in range(each):
                await wire.send("msg", cid=f"bench-{customer:03}-{number:05}", text=_WORDS)
            for _ in range(each):
                await wire.until("ack")

    await asyncio.gather(*(visit(customer) for customer in range(CUSTOMERS)))


def _address(customer: int) -> str:
    return f"customer{customer}@customers.example"


def _mail(customer: int, number: int) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Customer {customer} <{_address(customer)}>"
    mail["To"] = HELP
    mail["Subject"] = f"Order 20418, question {number}"
    mail["Message-ID"] = f"<{number}.{customer}@customers.example>"
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    mail.set_content(_WORDS)
    return mail.as_bytes()
