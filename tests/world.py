"""The world of the stories: a whole desk on loopback, the providers in a box, and its cast.

Ada, Bruno, Chidi and Dora write; Alice and Bob answer; Sam supervises. Everything talks over
real sockets: the desk does not know that its providers are a sandbox.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from bot.app import Parley, running
from bot.config import Calendar, Config, Http, Inbox, Queue, Storage, Work
from channels.sandbox.mail import MailSandbox
from channels.sandbox.slack import SlackSandbox
from channels.sandbox.telegram import TelegramSandbox
from desk.agents.actions import AgentDraft, create_agent, set_presence
from desk.agents.rules import Presence, Scope
from desk.agents.tokens import create_token
from desk.events.actors import SYSTEM
from desk.http.permissions import Role
from desk.kit.clock import Clock, SystemClock
from desk.satisfaction.rules import Terms
from knowledge import actions as knowledge
from knowledge import intake
from tests.channels.chat_page import Wire

HELP = "help@desk.example"
PASSWORD = "a mailbox password"

RETURNS = """---
title: Returning an item
category: Returns
short_answer: You can return anything within 30 days, free of charge.
phrases: [how do I send something back, return my order, I want to return a chair]
---
Print the label from your order page and hand the parcel in at any post office.
"""


@dataclass
class Person:
    """An agent with an API token: speaks to the desk over HTTP like any program."""

    id: int
    name: str
    http: aiohttp.ClientSession

    async def get(self, path: str) -> Any:
        """Return what the API answers; a refusal fails the test with its words."""
        return await self._call("GET", path)

    async def post(self, path: str, **body: Any) -> Any:
        """Post `body` as JSON."""
        return await self._call("POST", path, json=body)

    async def put(self, path: str, **body: Any) -> Any:
        """Put `body` as JSON."""
        return await self._call("PUT", path, json=body)

    async def reply(self, number: int, text: str, **more: Any) -> Any:
        """Write to the customer of a case."""
        return await self.post(f"/api/v1/cases/{number}/replies", text=text, **more)

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        async with self.http.request(method, path, **more) as answer:
            words = await answer.text()
            assert answer.status < 400, f"{method} {path}: {answer.status} {words}"
            return msgspec.json.decode(words) if words else None


@dataclass
class World:
    """A desk, its providers, and whoever has been hired so far."""

    folder: Path
    url: str
    clock: Clock
    port: int
    mail: MailSandbox
    telegram: TelegramSandbox
    slack: SlackSandbox
    slack_settings: dict[str, Any] = field(default_factory=dict)  # of its inbox, besides
    tries: int = 3  # of what cannot be recorded
    bot_on_telegram: bool = False
    telegram_settings: dict[str, Any] = field(default_factory=dict)
    ratings: bool = False  # every customer is asked, as soon as his case is done
    desk: Parley = field(init=False)

    def config(self) -> Config:
        """Return settings that point every channel at the box."""
        inboxes = {
            "mail": Inbox(channel="email", settings=self._mail()),
            "telegram": Inbox(
                channel="telegram", bot=self.bot_on_telegram, settings=self._telegram()
            ),
            "slack": Inbox(channel="slack", settings=self._slack()),
            "shop": Inbox(channel="chat", bot=True, settings={"messages_per_minute": 1000}),
        }
        return Config(
            http=Http(port=self.port),
            work=Work(tries=self.tries),
            storage=Storage(url=self.url, files=str(self.folder / "files")),
            calendars={"office": Calendar(zone="Europe/Paris")},
            queues={"support": Queue(name="Support", calendar="office")},
            inboxes={key: replace(one, ratings=self.ratings) for key, one in inboxes.items()},
            ratings=Terms(after_minutes=0, letter_after_hours=0, once_in_days=0),
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Parley]:
        """Run the desk while the context is open; it may be opened again after that."""
        async with running(self.config(), self.clock) as desk:
            self.desk = desk
            yield desk

    @asynccontextmanager
    async def hire(
        self, name: str, role: Role = Role.AGENT, *, online: bool = True
    ) -> AsyncIterator[Person]:
        """Employ somebody and hand over the phone to the desk's API."""
        agent_id, token = await self.desk.db.write(self._hire, name, role, online)
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(self.base, headers=headers) as http:
            yield Person(agent_id, name, http)

    @asynccontextmanager
    async def visit(self, **asked: Any) -> AsyncIterator[Wire]:
        """Open the shop's page with the chat on it; the first frames have been exchanged."""
        headers = {"Origin": self.base}
        async with aiohttp.ClientSession(self.base, headers=headers) as http:
            async with http.post("/chat/v1/shop/session", json=asked) as answer:
                token = (await answer.json())["token"]
            async with http.ws_connect("/chat/v1/shop/socket") as ws:
                wire = Wire(ws)
                await wire.send("hello", v=1, token=token, cursor=0)
                await wire.until("welcome")
                yield wire

    @property
    def base(self) -> str:
        """The desk's address."""
        return f"http://127.0.0.1:{self.port}"

    async def until(self, look: Callable[[Connection], Any], timeout_s: float = 15.0) -> Any:
        """Return what `look` returns as soon as it is true; looks after every commit."""
        bell = self.desk.db.wake.listener()
        async with asyncio.timeout(timeout_s):
            while not (found := await self.desk.db.read(look)):
                await bell.wait(0.5)
        return found

    async def publish_returns(self) -> None:
        """Put one article into the knowledge base."""
        draft = intake.parse(RETURNS, "returns.md")
        await self.desk.db.write(knowledge.publish, draft, actor=SYSTEM, now=self.clock.now())

    def _hire(self, c: Connection, name: str, role: Role, online: bool) -> tuple[int, str]:
        now = self.clock.now()
        draft = AgentDraft(email=f"{name.lower()}@desk.example", name=name, role=role)
        agent_id = create_agent(c, draft, actor=SYSTEM, now=now)
        if online:
            set_presence(c, agent_id, Presence.ONLINE, actor=SYSTEM, now=now)
        scopes = {Scope.READ, Scope.WRITE}
        _, token = create_token(c, agent_id, "stories", scopes, actor=SYSTEM, now=now)
        return agent_id, token

    def _mail(self) -> dict[str, Any]:
        sign_in = {"security": "plain", "login": HELP, "password": f"plain:{PASSWORD}"}
        imap = {"host": "127.0.0.1", "port": self.mail.imap_port, **sign_in}
        return {
            "address": HELP,
            "imap": {**imap, "take_existing": True, "poll_s": 1, "reconnect_s": 0.1},
            "smtp": {"host": "127.0.0.1", "port": self.mail.smtp_port, **sign_in},
        }

    def _telegram(self) -> dict[str, Any]:
        box = self.telegram
        return {
            "token": f"plain:{box.token}",
            "api_base": box.api_base,
            "file_base": box.file_base,
            "backoff_first_s": 0.05,
            **self.telegram_settings,
        }

    def _slack(self) -> dict[str, Any]:
        box = self.slack
        return {
            "bot_token": f"plain:{box.bot_token}",
            "app_token": f"plain:{box.app_token}",
            "signing_secret": f"plain:{box.signing_secret}",
            "api_base": box.api_base,
            "name_wait_s": 2.0,
            "answer_s": 20.0,
            "sends_per_s": 1000.0,
            "backoff_first_s": 0.05,
            **self.slack_settings,
        }


@asynccontextmanager
async def world(folder: Path, url: str, clock: Clock | None = None) -> AsyncIterator[World]:
    """Start the providers; the desk is opened by the story. `url` is a database with tables."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        mail = await stack.enter_async_context(MailSandbox())
        await mail.add_mailbox(HELP, PASSWORD)
        telegram = await stack.enter_async_context(TelegramSandbox())
        slack = await stack.enter_async_context(SlackSandbox(clock, time_scale=0.02))
        slack.views.trigger_s = 30.0  # the machine may be busy
        yield World(folder, url, clock, free_port(), mail, telegram, slack)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
