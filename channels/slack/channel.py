"""The Slack channel: life cycle and sending. Words are changed in parse.py and render.py."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct
from msgspec.structs import replace

from channels.slack import amending
from channels.slack.config import Mode, SlackSettings
from channels.slack.health import Voices
from channels.slack.home import view
from channels.slack.parse import parse
from channels.slack.render import MAX_CHOICES, plan
from channels.slack.words import words_in
from desk.kit.errors import ChannelBusy, Invalid
from desk.kit.secrets import reveal
from desk.ports.channel import (
    Capabilities,
    ChannelKit,
    Door,
    Finding,
    Health,
    HealthState,
    HttpDoor,
    RenderPlan,
)
from desk.ports.homes import Home
from desk.ports.hub import HubCard, HubLine
from desk.ports.inbound import Inbound
from desk.ports.messages import Attachment, OutboundMessage

if TYPE_CHECKING:  # slack_sdk takes its time to import: only when an inbox runs
    from channels.slack.client import Client
    from channels.slack.hub import SlackHub
    from channels.slack.ingress import Ingress
    from channels.slack.people import People
    from channels.slack.posting import Posting
    from channels.slack.socket import Own

_NOT_RUNNING_S = 5.0


class SlackChannel:
    """One app in one workspace. Direct messages and watched channels; a thread is a case."""

    kind: ClassVar[str] = "slack"
    Settings: ClassVar[type[Struct]] = SlackSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_limit=3_900,
        threads=True,
        files_in_bytes=100 * 1024 * 1024,
        files_out_bytes=1024 * 1024 * 1024,
        choices=MAX_CHOICES,
        sees_edits=True,
        sees_deletes=True,
        edits_own=True,
        deletes_own=True,
        reactions=True,
        proactive=True,
        join_minutes=30,
        slots=2.0,
    )

    def __init__(self, inbox: str, settings: SlackSettings, kit: ChannelKit) -> None:
        self.inbox = inbox
        self.settings = settings
        # each inbox has its own window; the class tells only the default
        self.capabilities = replace(  # type: ignore[misc]
            type(self).capabilities, join_minutes=settings.join_minutes
        )
        self._kit = kit
        self._ingress: Ingress | None = None
        self._posting: Posting | None = None
        self._client: Client | None = None
        self._hub: SlackHub | None = None
        self._people: People | None = None

    @property
    def events_path(self) -> str:
        """Where Slack posts everything in http mode, below the desk's public address."""
        return self.events_path_of(self.inbox)

    @staticmethod
    def events_path_of(inbox: str) -> str:
        """Return the path of that address for an inbox."""
        return f"/inbound/slack/{inbox}"

    def parse(self, raw: bytes) -> Sequence[Inbound]:
        """Return what a journalled payload says. Pure. Raises Unreadable."""
        return parse(raw, self.settings)

    def plan(self, message: OutboundMessage) -> RenderPlan:
        """Return how `message` will leave, part by part. Pure."""
        return plan(message)

    async def send(self, message: OutboundMessage, part: int) -> str:
        """Send one part and return `channel:timestamp`; of a file, `channel:file id`.

        Raises:
            ChannelBusy, Uncertain, Undeliverable, ChannelBroken: see refusals.py.
        """
        if self._posting is None:
            raise ChannelBusy("The Slack inbox is not running.", _NOT_RUNNING_S)
        return await self._posting.send(message, part)

    async def find_sent(self, message: OutboundMessage, part: int) -> str | None:
        """Return the id of a part that arrived though nobody said so; None: it did not.

        Raises ChannelBusy, or Uncertain where Slack cannot tell either.
        """
        if self._posting is None:
            raise ChannelBusy("The Slack inbox is not running.", _NOT_RUNNING_S)
        return await self._posting.find_sent(message, part)

    async def edit(self, message: OutboundMessage, external_id: str) -> None:
        """Show `message` in place of what was sent. Raises as `send` does."""
        await amending.edit(self._asked(), message, external_id)

    async def take_back(self, external_id: str) -> None:
        """Delete a message of ours; what is gone already is gone. Raises as `send` does."""
        await amending.take_back(self._asked(), external_id)

    async def react(self, external_id: str, emoji: Sequence[str], gone: Sequence[str] = ()) -> None:
        """Let these emoji of the app stand on a message, and none of `gone`. Raises as `send`."""
        await amending.react(self._asked(), external_id, emoji, gone)

    async def show_home(self, address: str, home: Home) -> None:
        """Show somebody his cases in the app's Home. Raises as `send` does."""
        client, (team, _, person) = self._asked(), address.rpartition(":")
        known = self._people.locale(team, person) if self._people else ""
        shown = view(home, words_in(known or home.language), f"{self._kit.public_url}/help")
        await client.tell("views.publish", user_id=person, view=shown)

    @property
    def marks_cases(self) -> bool:
        """Whether messages say by emoji that their case is seen, and that it is done."""
        return self.settings.marks_cases

    @property
    def tells_numbers(self) -> bool:
        """Whether a line in the thread tells the number of the case."""
        return self.settings.tells_numbers

    @property
    def hubs(self) -> Mapping[str, str]:
        """Return the channels where agents work, with the team whose cases each shows."""
        return self.settings.hubs

    async def show_card(self, place: str, card: HubCard, thread: str) -> str:
        """Show a case as it is now, and return its thread. Raises as `send` does."""
        return await self._worked().show_card(place, card, thread)

    async def find_card(self, place: str, card: HubCard) -> str | None:
        """Return the thread of a card that stands there though nobody said so."""
        return await self._worked().find_card(place, card)

    async def say(self, place: str, thread: str, line: HubLine) -> str:
        """Say a line in the thread of a card and return its ids. Raises as `send` does."""
        return await self._worked().say(place, thread, line)

    async def find_line(self, place: str, thread: str, line: HubLine) -> str | None:
        """Return the ids of a line that stands there though nobody said so."""
        return await self._worked().find_line(place, thread, line)

    async def whisper(self, place: str, thread: str, address: str, words: str) -> None:
        """Tell one person something that only he sees. Raises as `send` does."""
        await self._worked().whisper(place, thread, address, words)

    async def show_links(self, external_id: str, cards: Mapping[str, HubCard]) -> None:
        """Show under a message what its links lead to. Raises as `send` does."""
        await self._worked().show_links(external_id, cards)

    def account_link(self, token: str) -> str:
        """Return what an agent writes to the app to be known to it."""
        return f"link {token}"

    def _worked(self) -> "SlackHub":
        if self._hub is None:
            raise ChannelBusy("The Slack inbox is not running.", _NOT_RUNNING_S)
        return self._hub

    def _asked(self) -> "Client":
        if self._client is None:
            raise ChannelBusy("The Slack inbox is not running.", _NOT_RUNNING_S)
        return self._client

    async def fetch(self, raw: bytes, attachment: Attachment) -> bytes:
        """Return the bytes of a file a customer sent. Raises ChannelBusy or Undeliverable."""
        if self._client is None:
            raise ChannelBusy("The Slack inbox is not running.", _NOT_RUNNING_S)
        from channels.slack.files import fetch

        return await fetch(self._client, self.settings, raw, attachment)

    def http_doors(self) -> Sequence[HttpDoor]:
        """Return the route for signed events; in socket mode there is none."""
        if self.settings.mode is not Mode.HTTP:
            return ()
        from channels.slack.events import EventsDoor

        door = EventsDoor(self.settings, self._kit.clock, lambda: self._ingress)
        return (HttpDoor(method="POST", path=self.events_path, handler=door.handle),)

    @asynccontextmanager
    async def run(self, door: Door) -> AsyncIterator[None]:
        """Open the ingress; leaving the context closes it and waits until it is quiet."""
        from channels.slack.catchup import CatchUp
        from channels.slack.client import Client, open_session
        from channels.slack.hub import SlackHub
        from channels.slack.ingress import Ingress
        from channels.slack.interactive import Interactive
        from channels.slack.marked import Marked
        from channels.slack.people import People
        from channels.slack.posting import Posting
        from channels.slack.watching import Watcher, secret_of

        voices = Voices(door.report)
        voices.say("token", Health(state=HealthState.STARTING))
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(open_session(self.settings))
            token = secret_of(self.settings.bot_token, "bot_token", voices)
            client = Client(self.settings, token, session)
            people = People(client, door, self.settings, self._kit.clock)
            stack.push_async_callback(people.close)
            posting = Posting(client, door, self.settings, self._kit.clock)
            hub = SlackHub(client, posting, door, self.settings)
            answer_s, hubs = self.settings.answer_s, self.settings.hubs
            interactive = Interactive(client, people.locale, hubs, answer_s=answer_s)
            ingress = Ingress(door, people, interactive)
            self._client, self._ingress, self._people = client, ingress, people
            self._posting, self._hub = posting, hub
            stack.callback(self._forget)
            watch = Watcher(client, ingress, self.settings, voices)
            ingress.beside, ingress.told = Marked(client, self.settings), watch.told
            await stack.enter_async_context(_beside(watch.keep()))
            catch_up = CatchUp(client, door, ingress, self.settings, self._kit.clock)
            await stack.enter_async_context(_beside(catch_up.keep(lambda: voices.is_well)))
            if self.settings.mode is Mode.SOCKET:
                token = secret_of(self.settings.app_token, "app_token", voices)
                if token:  # Slack gives nobody a connection without one
                    app = Client(self.settings, token, session)
                    sockets = self._sockets(app, ingress, voices, door.owning)
                    await stack.enter_async_context(sockets)
            yield
        door.report(Health(state=HealthState.STOPPED))

    def _forget(self) -> None:
        self._client = self._ingress = self._posting = self._people = self._hub = None

    def _sockets(
        self, app: "Client", ingress: "Ingress", voices: Voices, own: "Own"
    ) -> AbstractAsyncContextManager[None]:
        from channels.slack.socket import SocketMode

        voices.say("socket", Health(state=HealthState.STARTING))
        report = partial(voices.say, "socket")
        return SocketMode(app, self.settings, ingress, report, own=own).open()

    async def check(self) -> list[Finding]:
        """Say what is well: what need not be asked, then what Slack says. Never raises."""
        from channels.slack.client import Client, open_session
        from channels.slack.doctor import Doctor

        tokens = _readable(self.settings.bot_token), _readable(self.settings.app_token)
        url = self._kit.public_url + self.events_path
        async with open_session(self.settings) as session:
            bot, app = (Client(self.settings, token, session) for token in tokens)
            return await Doctor(self.settings, bot=bot, app=app, url=url).findings()


def _readable(reference: str) -> str:
    """Return a secret; "" where there is none to be read."""
    try:
        return reveal(reference)
    except Invalid:
        return ""


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do `work` while the context is open."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
