"""Customers of one channel, behind a network that fails, and the moments at which to kill."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from random import Random
from typing import Any, ClassVar

import aiohttp

from bot.config import Inbox
from channels.sandbox.mail import MailSandbox
from channels.sandbox.slack import SlackSandbox
from channels.sandbox.slack.person import SlackPerson
from channels.sandbox.telegram import TelegramSandbox
from channels.sandbox.telegram.phone import Phone
from desk.kit.clock import SystemClock
from tests.bench.cutting import Passing, Proxy, Trap
from tests.bench.visitor import Visitor
from tests.world import HELP, PASSWORD

_TEXT_FRAME = 0x81
_SLACK_RETRIES = 1000  # its own three are spread over six minutes: no run lasts that long
_MAIL_CUTS_S = (0.5, 3.0)  # a dialogue of IMAP takes longer than a call of the others


def marks(way: str, text: str) -> list[str]:
    """Return which of the numbered messages of one way `text` shows: `in 007/0012`."""
    return re.findall(rf"\b{way} \d{{3}}/\d{{4}}\b", text)


class Crowd(ABC):
    """The customers of one channel: each is one conversation."""

    channel: ClassVar[str]
    traps: ClassVar[tuple[Trap, ...]]  # stored and not acknowledged; sent and not answered
    proxies: Sequence[Proxy]

    @abstractmethod
    def inbox(self) -> Inbox:
        """Return how the desk is connected, through the proxies."""

    @abstractmethod
    async def say(self, conversation: int, text: str) -> None:
        """Write to the desk; it need not be there."""

    @abstractmethod
    def heard(self, conversation: int) -> list[str]:
        """Return what one customer is shown of the desk's answers, in their order."""


class TelegramCrowd(Crowd):
    """Phones with Telegram; the desk polls."""

    channel = "telegram"

    def __init__(self, box: TelegramSandbox, proxy: Proxy, people: int) -> None:
        self.proxies = (proxy,)
        self._box = box
        self._phones: list[Phone] = [box.customer(100 + n, f"Customer {n}") for n in range(people)]

    def inbox(self) -> Inbox:
        """Return an inbox that polls through the proxy."""
        base = self.proxies[0].base
        token = f"plain:{self._box.token}"
        quick = {"backoff_first_s": 0.05, "backoff_cap_s": 1.0}
        settings = {"token": token, "api_base": base, "file_base": base, **quick}
        return Inbox(channel=self.channel, settings=settings)

    async def say(self, conversation: int, text: str) -> None:
        """Write to the bot."""
        await self._phones[conversation].send(text)

    def heard(self, conversation: int) -> list[str]:
        """Return what the bot wrote to one phone."""
        return [line.text for line in self._phones[conversation].received]

    @staticmethod
    def _stored(passing: Passing, by_client: bool, chunk: bytes) -> bool:
        return by_client and b"getUpdates" in passing.asked and b"offset" in chunk

    @staticmethod
    def _sent(passing: Passing, by_client: bool, chunk: bytes) -> bool:
        return not by_client and b"sendMessage" in passing.asked

    traps = (_stored, _sent)


class SlackCrowd(Crowd):
    """People who write to the app; events come by Socket Mode."""

    channel = "slack"

    def __init__(self, box: SlackSandbox, proxy: Proxy, people: int) -> None:
        self.proxies = (proxy,)
        self._box = box
        box.seen_at = f"127.0.0.1:{proxy.port}"
        self._people: list[SlackPerson] = [
            box.person(f"U1CHAOS{n:03}", f"Customer {n}") for n in range(people)
        ]

    def inbox(self) -> Inbox:
        """Return an app whose Web API and sockets are behind the proxy."""
        box = self._box
        tokens = {
            "bot_token": f"plain:{box.bot_token}",
            "app_token": f"plain:{box.app_token}",
            "signing_secret": f"plain:{box.signing_secret}",
        }
        quick = {"sends_per_s": 1000.0, "backoff_first_s": 0.05, "backoff_cap_s": 1.0}
        base = f"{self.proxies[0].base}/api/"
        settings = {**tokens, **quick, "api_base": base, "look_again_s": 0.2, "marks_cases": False}
        return Inbox(channel=self.channel, settings=settings)

    async def say(self, conversation: int, text: str) -> None:
        """Write a direct message."""
        await self._people[conversation].dm(text)

    def heard(self, conversation: int) -> list[str]:
        """Return what the app wrote to one person."""
        return [line.text for line in self._people[conversation].messages() if line.from_app]

    @staticmethod
    def _stored(passing: Passing, by_client: bool, chunk: bytes) -> bool:
        return by_client and b"GET /link" in passing.asked and chunk[0] == _TEXT_FRAME

    @staticmethod
    def _sent(passing: Passing, by_client: bool, chunk: bytes) -> bool:
        return not by_client and b"chat.postMessage" in passing.asked[-4096:]

    traps = (_stored, _sent)


class ChatCrowd(Crowd):
    """Open pages with the widget, on the other side of the proxy."""

    channel = "chat"

    def __init__(self, pages: Sequence[Visitor], proxy: Proxy) -> None:
        self.proxies = (proxy,)
        self._pages = pages

    def inbox(self) -> Inbox:
        """Return a chat that takes as many from one address as there are."""
        plenty = {
            "offline_form": False,
            "sessions_per_minute": 10_000,
            "messages_per_minute": 10_000,
        }
        return Inbox(channel=self.channel, settings=plenty)

    async def say(self, conversation: int, text: str) -> None:
        """Write in the widget."""
        self._pages[conversation].say(text)

    def heard(self, conversation: int) -> list[str]:
        """Return the desk's lines on one page."""
        return [line["text"] for line in self._pages[conversation].lines if not line.get("me")]

    @staticmethod
    def _stored(passing: Passing, by_client: bool, chunk: bytes) -> bool:
        return not by_client and b'"t":"ack"' in chunk

    @staticmethod
    def _sent(passing: Passing, by_client: bool, chunk: bytes) -> bool:
        return not by_client and b'"t":"msg"' in chunk and b'"me":true' not in chunk

    traps = (_stored, _sent)


class MailCrowd(Crowd):
    """People with a mail program; the desk reads by IMAP and sends by SMTP."""

    channel = "email"

    def __init__(self, box: MailSandbox, proxies: Sequence[Proxy]) -> None:
        self.proxies = proxies  # IMAP, SMTP
        self._box = box
        self._last: dict[int, str] = {}

    def inbox(self) -> Inbox:
        """Return a mailbox behind the proxies."""
        imap, smtp = ({"host": "127.0.0.1", "port": proxy.port} for proxy in self.proxies)
        sign_in = {"security": "plain", "login": HELP, "password": f"plain:{PASSWORD}"}
        quick = {"take_existing": True, "poll_s": 1, "reconnect_s": 0.1}
        both = {"imap": {**imap, **sign_in, **quick}, "smtp": {**smtp, **sign_in}}
        return Inbox(channel=self.channel, settings={"address": HELP, **both})

    async def say(self, conversation: int, text: str) -> None:
        """Send a mail that answers the one before."""
        before = self._last.get(conversation)
        subject = f"Re: Order {conversation}" if before else f"Order {conversation}"
        me = _address(conversation)
        mail = {"References": before, "In-Reply-To": before} if before else {}
        self._last[conversation] = await _mail(self._box, me, subject, text, mail)

    def heard(self, conversation: int) -> list[str]:
        """Return the mails of one mailbox as a program shows them: one for each Message-ID."""
        shown = {one.message_id: one.text for one in self._box.inbox_of(_address(conversation))}
        return list(shown.values())

    @staticmethod
    def _sent(passing: Passing, by_client: bool, chunk: bytes) -> bool:
        return not by_client and passing.asked.endswith(b"\r\n.\r\n")

    traps = (_sent,)


async def _mail(box: MailSandbox, me: str, subject: str, text: str, headers: dict[str, Any]) -> str:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = me, HELP, subject
    mail["Date"] = format_datetime(SystemClock().now())
    mail["Message-ID"] = make_msgid(domain="customers.example")
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(text)
    await box.submit(mail.as_bytes(), me, HELP)
    return str(mail["Message-ID"])


def _address(conversation: int) -> str:
    return f"customer{conversation}@customers.example"


@asynccontextmanager
async def crowd(channel: str, people: int, rng: Random, desk_port: int) -> AsyncIterator[Crowd]:
    """Bring the customers of one channel, their providers and the bad network before them."""
    async with AsyncExitStack() as stack:
        if channel == "telegram":
            telegram = await stack.enter_async_context(TelegramSandbox())
            port = int(telegram.api_base.rpartition(":")[2])
            proxy = await stack.enter_async_context(Proxy(rng, port).open())
            yield TelegramCrowd(telegram, proxy, people)
        elif channel == "slack":
            box = SlackSandbox(SystemClock(), retries=_SLACK_RETRIES)
            slack = await stack.enter_async_context(box)
            port = int(slack.base.rpartition(":")[2])
            proxy = await stack.enter_async_context(Proxy(rng, port).open())
            yield SlackCrowd(slack, proxy, people)
        elif channel == "email":
            mail = await stack.enter_async_context(MailSandbox())
            await mail.add_mailbox(HELP, PASSWORD)
            for number in range(people):
                await mail.add_mailbox(_address(number), PASSWORD)
            ports = mail.imap_port, mail.smtp_port
            nets = [Proxy(rng, port, cuts_s=_MAIL_CUTS_S) for port in ports]
            yield MailCrowd(mail, [await stack.enter_async_context(net.open()) for net in nets])
        else:
            proxy = await stack.enter_async_context(Proxy(rng, desk_port).open())
            connector = aiohttp.TCPConnector(limit=0)
            http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            site = f"http://127.0.0.1:{desk_port}"
            pages = [Visitor(http, proxy.base, site, "inbox", rng) for _ in range(people)]
            living = [asyncio.create_task(page.live()) for page in pages]
            stack.push_async_callback(_ended, living)
            yield ChatCrowd(pages, proxy)


async def _ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
