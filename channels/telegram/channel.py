"""The Telegram channel: its life, and what it does for the desk. Words change in parse and render.

The library behind it is imported when a bot is first needed, for it takes half a second.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

from channels.telegram import doctor, hub_parse, parse, render
from channels.telegram.config import Mode, TelegramSettings
from channels.telegram.connection import now_s
from channels.telegram.hub import TelegramHubs
from channels.telegram.ingress import Ingress
from channels.telegram.large_files import LargeFiles
from desk.kit import log
from desk.kit.errors import ChannelBusy, DeskError, Refusal, Undeliverable
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
from desk.ports.inbound import Inbound
from desk.ports.messages import Attachment, OutboundMessage, Telling

if TYPE_CHECKING:
    from channels.telegram.client import Client
    from channels.telegram.sending import Target
    from channels.telegram.topics import Topics
    from channels.telegram.webhook import Webhook

DOWNLOAD_BYTES = 20 * 1024 * 1024


class TelegramChannel(TelegramHubs):
    """One bot. `send` may be called before `run`; files to send need `run` to be open."""

    kind: ClassVar[str] = "telegram"
    Settings: ClassVar[type[Struct]] = TelegramSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_limit=4096,
        files_in_bytes=DOWNLOAD_BYTES,
        files_out_bytes=render.UPLOAD_BYTES,
        choices=render.BUTTONS,
        sees_edits=True,
        edits_own=True,
        deletes_own=True,
        reactions=True,
        typing_out=True,
        join_minutes=30,
        slots=2.0,
    )

    def __init__(self, inbox: str, settings: TelegramSettings, kit: ChannelKit) -> None:
        super().__init__(settings)
        self._inbox = inbox
        self._kit = kit
        self._turns: set[tuple[str, int]] = set()  # taken for parts that are sent next
        self._large = LargeFiles(inbox, settings.links_days, kit)
        self._topics: Topics | None = None  # while the inbox is open
        self._webhook: Webhook | None = None
        self._username = settings.username.removeprefix("@")
        self._tasks: set[asyncio.Task[None]] = set()
        self._log = log.get(channel="telegram", inbox=inbox)

    def parse(self, raw: bytes) -> Sequence[Inbound]:
        """Return what a journalled update says. Raises Unreadable."""
        ours = hub_parse.parse(raw, self._settings.hubs, replies=self._settings.hub_replies)
        return parse.parse(raw, self._settings) if ours is None else ours

    def plan(self, message: OutboundMessage) -> RenderPlan:
        """Return the sends `message` becomes."""
        return render.plan(self._large.fitted(message))

    async def turn(self, message: OutboundMessage, part: int) -> None:
        """Wait until Telegram's limits allow that part. Raises ChannelBusy, and as `send` does."""
        await self._connected()
        from channels.telegram.sending import target_of  # by now the library is there

        await self._turn(target_of(message).chat)
        self._turns.add((message.id, part))

    async def send(self, message: OutboundMessage, part: int) -> str:
        """Send one part and return `chat:message`, of an album each with spaces between.

        Raises as desk.ports.channel says.
        """
        body = self._part(message, part)
        contents = [await self._content(file) for file in body.get("files", [body])]
        client = await self._connected()
        from channels.telegram.sending import deliver, target_of  # by now the library is there

        target = target_of(message)
        if (message.id, part) not in self._turns:
            await self._turn(target.chat)
        self._turns.discard((message.id, part))
        topics = self._topics
        try:
            if topics is not None:
                target = await topics.target(message, target)
            async with client.translated():
                return await deliver(client.bot, target, body, contents)
        except ChannelBusy as busy:
            if busy.retry_after_s and _was_flood(busy):
                self._limits.flooded(target.chat, busy.retry_after_s, now_s())
            raise
        except Undeliverable as refused:
            if refused.refusal is not Refusal.CONTEXT or target.topic is None:
                raise _of_place(refused, target.chat) from refused
        return await self._send_elsewhere(client, message, target, body, contents)

    async def tell(self, telling: Telling) -> None:
        """Say a few words that belong to no case. Raises as `send` does."""
        client = await self._connected()
        from channels.telegram.sending import deliver, place_of

        target = place_of(telling.thread or telling.recipient)
        for body in render.told(telling):
            await self._turn(target.chat)
            async with client.translated():
                await deliver(client.bot, target, body)

    async def edit(self, message: OutboundMessage, external_id: str) -> None:
        """Show `message` in place of what was sent. Raises as `send` does."""
        from channels.telegram import amending

        client = await self._connected()
        async with client.translated():
            await amending.edit(client.bot, external_id, self._part(message, 0))

    async def take_back(self, external_id: str) -> None:
        """Delete a message; Telegram lets bots do that for 48 hours. Raises as `send` does."""
        from channels.telegram import amending

        client = await self._connected()
        async with client.translated():
            await amending.take_back(client.bot, external_id)

    async def react(self, external_id: str, emoji: Sequence[str], gone: Sequence[str] = ()) -> None:
        """Let the last of these emoji stand on a message: a bot has one. Raises as `send` does."""
        from channels.telegram import amending

        client = await self._connected()
        async with client.translated():
            await amending.react(client.bot, external_id, emoji)

    async def title(self, message: OutboundMessage, *, done: bool) -> None:
        """Let the topic of a case say that it is done. Raises as `send` does."""
        await self._connected()
        from channels.telegram.sending import target_of

        if self._topics is not None:
            await self._topics.title(message, target_of(message).chat, done=done)

    async def fetch(self, raw: bytes, attachment: Attachment) -> bytes:
        """Return a file a customer sent. Raises ChannelBusy or Undeliverable."""
        if attachment.size_bytes > DOWNLOAD_BYTES:
            reason = f"{attachment.name} is larger than 20 MB, the most a bot may fetch."
            raise Undeliverable(reason, Refusal.CONTENT)
        client = await self._connected()
        try:
            async with client.translated():
                file = await client.bot.get_file(attachment.ref)
                timeout_s = self._settings.media_timeout_s
                return bytes(await file.download_as_bytearray(read_timeout=timeout_s))
        except Undeliverable:
            raise
        except DeskError as trouble:  # to ask for a file again does no harm
            raise ChannelBusy(trouble.reason, trouble.retry_after_s or 5.0) from trouble

    async def show_typing(self, recipient: str, thread: str) -> None:
        """Show "typing" for about five seconds. Never raises."""
        try:
            client = await self._connected()
            from channels.telegram.sending import place_of

            target = place_of(thread or recipient)
            async with client.translated():
                await client.bot.send_chat_action(
                    target.chat, "typing", message_thread_id=target.topic
                )
        except DeskError as trouble:
            self._log.debug("telegram.typing_failed", reason=str(trouble))

    def identity_link(self, token: str) -> str:
        """Return a link that opens the bot with `token`, or the words to type to it."""
        if self._username:
            return f"https://t.me/{self._username}?start={token}"
        return f"/start {token}"

    def account_link(self, token: str) -> str:
        """Return the URL, or the words to type to the bot, that tie an account to an agent."""
        return self.identity_link(token)

    def http_doors(self) -> Sequence[HttpDoor]:
        """Return the webhook's route in webhook mode, and that of files too large to send."""
        doors = [self._large.door] if self._large.are_linked else []
        if self._settings.mode is Mode.WEBHOOK:
            webhook = self._called()
            doors.append(HttpDoor(method="POST", path=webhook.path, handler=webhook.receive))
        return tuple(doors)

    @asynccontextmanager
    async def run(self, door: Door) -> AsyncIterator[None]:
        """Take updates until the context is left; a bad token is reported, not raised."""
        self._door, self._large.blobs, self._stopped = door, door.blobs, False
        door.report(Health(state=HealthState.STARTING))
        try:
            await self._open(door)
            yield
        finally:
            await self._close()
            door.report(Health(state=HealthState.STOPPED))

    async def check(self) -> list[Finding]:
        """Ask Telegram who we are and what waits. Never raises."""
        try:
            client = await asyncio.to_thread(self._new_client)
        except DeskError as missing:
            return [doctor.no_token(missing.reason)]
        try:
            url = self._called().url if self._settings.mode is Mode.WEBHOOK else ""
            return await doctor.examine(client, self._settings, url)
        finally:
            await client.close()

    async def _send_elsewhere(
        self,
        client: "Client",
        message: OutboundMessage,
        gone: "Target",
        body: dict[str, Any],
        contents: Sequence[bytes],
    ) -> str:
        """Send a part whose topic is gone or closed; the chat is not."""
        from channels.telegram.sending import Target, deliver

        elsewhere = Target(chat=gone.chat)
        if self._topics is not None:
            elsewhere = await self._topics.another(message, gone)
        try:
            async with client.translated():
                return await deliver(client.bot, elsewhere, body, contents)
        except Undeliverable as refused:
            if refused.refusal is not Refusal.CONTEXT or elsewhere.topic is None:
                raise _of_place(refused, gone.chat) from refused
        async with client.translated():
            return await deliver(client.bot, Target(chat=gone.chat), body, contents)

    async def _open(self, door: Door) -> None:
        from channels.telegram import manners
        from channels.telegram.polling import Poller

        try:
            client = await self._connected()
        except DeskError as missing:
            door.report(Health(state=HealthState.BROKEN, detail=missing.reason))
            return
        if self._settings.topics:
            from channels.telegram.topics import Topics

            self._topics = Topics(client, door)
        ingress = Ingress(
            door,
            client.bot.token.partition(":")[0],
            who=lambda: self._who(client),
            album_wait_s=self._settings.album_wait_s,
            on_press=lambda press: self._start(manners.answer(client, press), "press"),
            on_asked=lambda one: self._start(manners.explain(client, one), "help"),
        )
        self._start(ingress.tend_albums(), "albums")
        self._start(self._introduce(client), "introduction")
        if self._settings.mode is Mode.WEBHOOK:
            webhook = self._called()
            webhook.ingress = ingress
            self._start(webhook.keep(client, self._settings, door), "webhook")
        else:
            self._start(Poller(client, self._settings, ingress, door).run(), "polling")

    async def _close(self) -> None:
        if self._webhook is not None:
            self._webhook.ingress = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._topics = self._large.blobs = None
        await self._disconnect()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=f"telegram {self._inbox} {name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (fault := task.exception()) is None:
            return
        self._log.error("telegram.task_failed", task=task.get_name(), exc_info=fault)
        if self._door is not None:
            detail = f"Stopped by a fault of ours ({type(fault).__name__}); restart the desk."
            self._door.report(Health(state=HealthState.BROKEN, detail=detail))

    async def _who(self, client: "Client") -> dict[str, Any]:
        """Return the bot's id and name, as updates of groups are marked. Raises ChannelBusy."""
        try:
            me = await client.me()
        except DeskError as trouble:
            raise ChannelBusy(trouble.reason, trouble.retry_after_s) from trouble
        return {"id": me.id, "username": me.username or ""}

    async def _introduce(self, client: "Client") -> None:
        """Learn the bot's name and set its commands; failing is harmless."""
        from channels.telegram import manners

        self._username = self._username or await manners.name_of(client)
        await manners.introduce(client)

    def _part(self, message: OutboundMessage, part: int) -> dict[str, Any]:
        parts = self.plan(message).parts
        body: dict[str, Any] = parts[part].body if part < len(parts) else {"send": "nothing"}
        if body["send"] == "nothing":
            raise Undeliverable("There is nothing in it that Telegram can carry.", Refusal.CONTENT)
        return body

    def _called(self) -> "Webhook":
        from channels.telegram.webhook import Webhook

        if self._webhook is None:
            self._webhook = Webhook(self._inbox, self._kit)
        return self._webhook


def _of_place(refused: Undeliverable, chat: int) -> Undeliverable:
    """Return a refusal as what it means in a group: the place is gone or moved, not the person."""
    if chat > 0 or refused.refusal not in (Refusal.GONE, Refusal.MOVED):
        return refused
    moved = refused.refusal is Refusal.MOVED
    refusal = Refusal.MOVED if moved else Refusal.PLACE
    return Undeliverable(refused.reason, refusal, refused.moved_to, str(chat))


def _was_flood(busy: ChannelBusy) -> bool:
    return getattr(busy.__cause__, "status", None) == 429
