"""One desk for all contracts of a run, with its four inboxes, and a customer's side of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from contextvars import Context, ContextVar
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from weakref import WeakSet

import aiohttp
from msgspec.structs import replace
from sqlalchemy import Connection, select

from bot.app import Parley
from bot.config import Config, Inbox
from desk.arrivals.queries import set_aside
from desk.cases import queries
from desk.cases.queries import CaseRow
from desk.messages.queries import MessageView, message, messages_of
from desk.messages.rules import SETTLED
from desk.messages.tables import external_ids, messages
from tests.contracts.channels.phone_chat import ChatPhone
from tests.contracts.channels.phone_email import MailPhone
from tests.contracts.channels.phone_slack import SlackPhone
from tests.contracts.channels.phone_telegram import TelegramPhone
from tests.contracts.channels.phones import File, Phone
from tests.world import HELP, Person, World, world

LARGEST_BYTES = 400_000  # of a file where the inbox sets it; of a mail as a whole
_QUICK: dict[str, dict[str, Any]] = {
    "telegram": {"album_wait_s": 0.1},
    "slack": {"file_limit_bytes": LARGEST_BYTES, "look_again_s": 0.0},
    "mail": {"largest_bytes": LARGEST_BYTES},
    "shop": {
        "offline_form": False,  # whatever day it is
        "file_bytes": LARGEST_BYTES,
        "messages_per_minute": 100_000,
        "sessions_per_minute": 100_000,
    },
}
INBOXES = {"email": "mail", "chat": "shop", "telegram": "telegram", "slack": "slack"}

_AT_HOME: ContextVar[bool] = ContextVar("at_home", default=False)  # inherited by what it starts


class JumpingClock:
    """The machine's clock, which a test may move forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the present instant of the desk."""
        return datetime.now(UTC) + self._ahead

    def jump(self, by: timedelta) -> None:
        """Let this much time pass at once."""
        self._ahead += by


class QuietWorld(World):
    """A world whose chat has no bot in it, and which waits for nothing longer than it must."""

    def config(self) -> Config:
        """Return the settings of the stories, quicker."""
        usual = super().config()
        inboxes = dict(usual.inboxes)
        inboxes["shop"] = Inbox(channel="chat")
        for key, more in _QUICK.items():
            inboxes[key] = replace(inboxes[key], settings={**inboxes[key].settings, **more})
        return replace(usual, inboxes=inboxes)


class House:
    """A running desk that many contracts share, each with a customer of its own.

    It lives in a task of its own, so that what it leaves running is told from what a test does.
    """

    def __init__(self, folder: Path) -> None:
        self.clock = JumpingClock()
        self.made: QuietWorld
        self.alice: Person
        self._folder = folder
        self._numbers = count(7001)
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._wants: asyncio.Queue[str] = asyncio.Queue()
        self._open = asyncio.Event()
        self._closed = asyncio.Event()

    @asynccontextmanager
    async def lived_in(self) -> AsyncIterator["House"]:
        """Keep the desk while the context is open."""
        asyncio.get_running_loop().set_task_factory(self._started)  # type: ignore[arg-type]
        living = asyncio.create_task(self._live(), name="house")
        self._tasks.add(living)
        opened = asyncio.create_task(self._open.wait())
        await asyncio.wait([living, opened], return_when=asyncio.FIRST_COMPLETED)
        try:
            yield self
        finally:
            opened.cancel()
            self._wants.put_nowait("leave")
            await living
            asyncio.get_running_loop().set_task_factory(None)

    @property
    def tasks(self) -> list["asyncio.Task[Any]"]:
        """What the desk and its providers run at the moment."""
        return [task for task in asyncio.all_tasks() if task in self._tasks]

    @property
    def desk(self) -> Parley:
        """The desk that runs now."""
        return self.made.desk

    async def closes(self) -> None:
        """Stop the desk."""
        self._closed.clear()
        self._wants.put_nowait("close")
        await self._closed.wait()

    async def opens(self) -> None:
        """Start it again, on what it has kept."""
        self._open.clear()
        self._wants.put_nowait("open")
        await self._open.wait()

    async def later(self, by: timedelta) -> None:
        """Let time pass, and everybody look at what is due."""
        self.clock.jump(by)
        self.desk.db.wake.ring()

    def phone(self, kind: str) -> Phone:
        """Return the phone of a customer nobody has seen before."""
        number = next(self._numbers)
        match kind:
            case "email":
                return MailPhone(self.made.mail, number, HELP)
            case "telegram":
                return TelegramPhone(self.made.telegram, number)
            case "slack":
                return SlackPhone(self.made.slack, number)
        return ChatPhone(f"{self.made.base}/chat/v1/shop", self.made.base, number)

    def _started(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any],
        context: Context | None = None,
    ) -> "asyncio.Task[Any]":
        task = asyncio.Task(work, loop=loop, context=context)
        if _AT_HOME.get():
            self._tasks.add(task)
        return task

    async def _live(self) -> None:
        _AT_HOME.set(True)
        url = f"sqlite:///{self._folder}/parley.db"
        async with world(self._folder, url, self.clock) as given:
            self.made = QuietWorld(
                given.folder,
                given.url,
                given.clock,
                given.port,
                given.mail,
                given.telegram,
                given.slack,
            )
            for number in count(1):
                async with self.made.open(), self.made.hire(f"Alice{number}") as self.alice:
                    self._open.set()
                    want = await self._wants.get()
                self._closed.set()
                if want == "leave" or await self._wants.get() == "leave":
                    return


class Side:
    """One customer, and the desk as it is with him."""

    def __init__(self, house: House, kind: str, phone: Phone) -> None:
        self.house = house
        self.kind = kind
        self.inbox = INBOXES[kind]
        self.phone = phone
        self.first = ""

    async def write(self, text: str, files: Sequence[File] = (), answering: str = "") -> str:
        """Let the customer write, and return the message's id once the desk has it."""
        sent = await self.phone.write(text, files, answering)
        self.first = self.first or sent
        await self.heard(sent)
        return sent

    async def heard(self, sent: str) -> MessageView:
        """Return the customer's message as the desk has it, as soon as it does."""

        def there(c: Connection) -> MessageView | None:
            found = _message_id(c, self.inbox, sent)
            return message(c, found) if found else None

        found: MessageView = await self.until(there)
        return found

    async def case(self, sent: str = "") -> CaseRow:
        """Return the case of a message, by default of his first."""

        def look(c: Connection) -> CaseRow:
            return queries.by_id(c, _case_id(c, self.inbox, sent or self.first))

        return await self.house.desk.db.read(look)

    async def said(self, sent: str = "") -> list[MessageView]:
        """Return the messages of his case, oldest first."""
        return await self.house.desk.db.read(messages_of, (await self.case(sent)).id)

    async def answer(self, text: str, files: Sequence[File] = (), **more: Any) -> MessageView:
        """Let Alice answer, and return the answer as it stands when she has let go of it."""
        number = (await self.case()).number
        kept = await self._upload(files) if files else []
        told = await self.house.alice.reply(number, text, files=kept, **more)
        return await self.message(int(told["id"]))

    async def arrived(self, answer: MessageView) -> MessageView:
        """Return an answer once the network has taken it."""
        ended = await self.ended(answer)
        assert ended.state not in ("failed", "uncertain"), ended.deliveries
        return ended

    async def ended(self, answer: MessageView) -> MessageView:
        """Return an answer once its fate is known."""
        return await self.becomes(answer, lambda now: now.state in SETTLED)

    async def becomes(
        self, answer: MessageView, wanted: Callable[[MessageView], object]
    ) -> MessageView:
        """Return a message as soon as `wanted` holds for it."""

        def look(c: Connection) -> MessageView | None:
            now = message(c, answer.id)
            return now if wanted(now) else None

        found: MessageView = await self.until(look)
        return found

    async def aside(self) -> list[str]:
        """Return why arrivals of this inbox were set aside, the newest first."""
        rows = await self.house.desk.db.read(set_aside)
        return [row.reason for row in rows if row.inbox == self.inbox]

    async def message(self, message_id: int) -> MessageView:
        """Return a message as the desk has it now."""
        return await self.house.desk.db.read(message, message_id)

    async def until(self, look: Callable[[Connection], Any]) -> Any:
        """Return what `look` returns as soon as it is true."""
        return await self.house.made.until(look)

    async def refused(self, method: str, path: str, **body: Any) -> str:
        """Let Alice ask for what the desk refuses, and return its words."""
        alice = self.house.alice
        async with alice.http.request(method, f"/api/v1/{path}", json=body) as told:
            assert 400 <= told.status < 500, (told.status, await told.text())
            return str((await told.json())["detail"])

    async def asked(self, method: str, path: str, **body: Any) -> Any:
        """Let Alice ask for what the desk does."""
        return await self.house.alice._call(method, f"/api/v1/{path}", json=body)

    async def _upload(self, files: Sequence[File]) -> Any:
        form = aiohttp.FormData(quote_fields=False)
        for file in files:
            form.add_field("files", file.content, filename=file.name, content_type=file.mime)
        return await self.house.alice._call("POST", "/api/v1/files", data=form)


@asynccontextmanager
async def side_of(house: House, kind: str) -> AsyncIterator[Side]:
    """Let a new customer of a channel's in, with his phone switched on."""
    async with house.phone(kind) as phone:
        yield Side(house, kind, phone)


def _message_id(c: Connection, inbox: str, sent: str) -> int | None:
    return c.scalar(
        select(external_ids.c.message_id).where(
            external_ids.c.inbox == inbox, external_ids.c.external_id == sent
        )
    )


def _case_id(c: Connection, inbox: str, sent: str) -> int:
    mine = messages.c.id == _message_id(c, inbox, sent)
    case_id: int = c.execute(select(messages.c.case_id).where(mine)).scalar_one()
    return case_id
