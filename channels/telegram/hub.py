"""A group with topics as a place where agents work: a topic for every case, its card, its lines.

What Telegram cannot be asked (which topic is which case's, how far a line got) the inbox keeps.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from channels.telegram import hub_render
from channels.telegram.connection import Connection, now_s
from channels.telegram.hub_render import Body
from desk.kit import log
from desk.kit.errors import ChannelBusy, DeskError, Refusal, Undeliverable
from desk.ports.channel import Door
from desk.ports.hub import HubCard, HubLine

if TYPE_CHECKING:
    from telegram import Bot

    from channels.telegram.sending import Target

_ALONE = (
    "there is something about what you did here that only you should read. "
    "Open a chat with me, press Start, and do it again."
)
_log = log.get(channel="telegram", part="hub")


class Shown(Struct, kw_only=True):
    """What stands of a card: its topic, and the message in it that is the card."""

    topic: int
    name: str
    card: int | None = None
    closed: bool = False


class TelegramHubs(Connection):
    """What a Telegram channel does for agents."""

    @property
    def hubs(self) -> Mapping[str, str]:
        """Each group, with the name of the team whose cases it shows; "" is every case."""
        return self._settings.hubs

    async def show_card(self, place: str, card: HubCard, thread: str) -> str:
        """Show a card, in a new topic when `thread` is "", and return `chat:topic`.

        A topic begun before is gone on with, whatever cut it short. Raises as the port says.
        """
        chat, key = int(place), f"hub {card.key}"
        stands = await self._standing(chat, key, card, thread)
        before = msgspec.structs.replace(stands)
        if stands.closed and not card.done:
            await self._set_closed(chat, stands, closed=False)
        fresh = await self._show_face(chat, key, stands, card)
        name = hub_render.topic_name(card)
        if stands.name != name:
            await self._rename(chat, stands, name)
        if stands.closed != card.done or not fresh:  # shown again as it was: somebody closed it
            await self._set_closed(chat, stands, closed=card.done)
        if stands != before:
            await self._open_door().save(key, msgspec.json.encode(stands))
        return f"{place}:{stands.topic}"

    async def find_card(self, place: str, card: HubCard) -> str | None:
        """Return None: Telegram cannot tell. `show_card` goes on where it was cut short."""
        return None

    async def say(self, place: str, thread: str, line: HubLine) -> str:
        """Say a line in a topic and return `chat:message` of each part, with spaces between.

        A line cut short goes on with the part that was refused. Raises as the port says.
        """
        door, key = self._open_door(), f"hub line {line.key}"
        chat, topic = _ids(thread or place)
        bodies = hub_render.bodies(line)
        kept = await door.load(key) if len(bodies) > 1 else None
        said: list[str] = msgspec.json.decode(kept, type=list[str]) if kept else []
        for body in bodies[len(said) :]:
            said.append(await self._post(chat, topic, body))
            if len(bodies) > 1:
                await door.save(key, msgspec.json.encode(said))
        return " ".join(filter(None, said))

    async def find_line(self, place: str, thread: str, line: HubLine) -> str | None:
        """Return None: Telegram cannot tell. A line may show twice after a crash, but is there."""
        return None

    async def whisper(self, place: str, thread: str, address: str, words: str) -> None:
        """Tell one person something in his chat with the bot; else say in the topic that he should.

        Nothing else is said in the topic: a bot cannot be heard by one alone there.
        """
        chat, topic = (int(address), None) if place else _ids(thread)
        told = f"{words}\n{hub_render.link(thread)}" if place else words
        try:
            await self._put(chat, topic, {"send": "text", "text": told, "entities": []})
        except Undeliverable:
            if not place:
                raise
            chat, topic = _ids(thread)
            await self._put(chat, topic, hub_render.calling(address, _ALONE))

    async def _standing(self, chat: int, key: str, card: HubCard, thread: str) -> Shown:
        """Return what stands of a card; its topic is opened if it has none."""
        from channels.telegram import hub_calls

        door = self._open_door()
        if kept := await door.load(key):
            return msgspec.json.decode(kept, type=Shown)
        name = hub_render.topic_name(card)
        if thread:
            return Shown(topic=_ids(thread)[1] or 0, name="")
        async with self._calling(chat) as bot:
            stands = Shown(topic=await hub_calls.create_topic(bot, chat, name), name=name)
        await door.save(key, msgspec.json.encode(stands))
        return stands

    async def _show_face(self, chat: int, key: str, stands: Shown, card: HubCard) -> bool:
        """Show the message that is the card; return False when it was shown so already."""
        from channels.telegram import hub_calls

        body, changed = hub_render.face(card), None
        if stands.card is not None:
            async with self._calling(chat) as bot:
                changed = await hub_calls.change(bot, chat, stands.card, body)
        if changed is None:
            sent = await self._put(chat, stands.topic, body)
            stands.card = _ids(sent)[1]
            await self._open_door().save(key, msgspec.json.encode(stands))
            await self._pin(chat, stands.card)
        return changed is not False

    async def _pin(self, chat: int, message: int | None) -> None:
        try:
            async with self._calling(chat) as bot:
                await bot.pin_chat_message(chat, message or 0, disable_notification=True)
        except DeskError as refused:
            _log.info("telegram.not_pinned", reason=refused.reason)

    async def _rename(self, chat: int, stands: Shown, name: str) -> None:
        from channels.telegram import hub_calls

        async with self._calling(chat) as bot:
            await hub_calls.rename(bot, chat, stands.topic, name)
        stands.name = name

    async def _set_closed(self, chat: int, stands: Shown, *, closed: bool) -> None:
        from channels.telegram import hub_calls

        async with self._calling(chat) as bot:
            await hub_calls.set_closed(bot, chat, stands.topic, closed=closed)
        stands.closed = closed

    async def _post(self, chat: int, topic: int | None, body: Body) -> str:
        """Send a message, or what can stand for it; return its ids, "" when nothing could."""
        left, ids = [body], []
        while left:
            one = left.pop(0)
            try:
                ids.append(await self._put(chat, topic, one))
            except Undeliverable as refused:
                if refused.refusal is not Refusal.CONTENT:
                    raise
                _log.warning("telegram.line_refused", reason=refused.reason)
                left[:0] = hub_render.simpler(one)
        return " ".join(ids)

    async def _put(self, chat: int, topic: int | None, body: Body) -> str:
        """Send one message; into a topic that is closed, too, which is closed again then."""
        from channels.telegram import hub_calls
        from channels.telegram.sending import Target

        contents = [await self._content(file) for file in body.get("files", [body])]
        target = Target(chat=chat, topic=topic)
        try:
            return await self._deliver(target, body, contents)
        except Undeliverable as refused:
            if topic is None or "topic_closed" not in refused.reason.lower():
                raise
        async with self._calling(chat) as bot:
            await hub_calls.set_closed(bot, chat, topic, closed=False)
        sent = await self._deliver(target, body, contents)
        async with self._calling(chat) as bot:
            await hub_calls.set_closed(bot, chat, topic, closed=True)
        return sent

    async def _deliver(self, target: "Target", body: Body, contents: Sequence[bytes]) -> str:
        from channels.telegram.sending import deliver

        await self._turn(target.chat)
        async with self._calling(target.chat) as bot:
            return await deliver(bot, target, body, contents)

    @asynccontextmanager
    async def _calling(self, chat: int) -> AsyncIterator["Bot"]:
        """Lend the bot for one call about a chat; its errors become ours, its floods are kept."""
        client = await self._connected()
        try:
            async with client.translated():
                yield client.bot
        except ChannelBusy as busy:
            if busy.retry_after_s and getattr(busy.__cause__, "status", None) == 429:
                self._limits.flooded(chat, busy.retry_after_s, now_s())
            raise

    def _open_door(self) -> Door:
        if self._door is None:
            raise ChannelBusy("The inbox is not open.", 5.0)
        return self._door


def _ids(place: str) -> tuple[int, int | None]:
    """Return the chat and the number in it that a thread or a message's id names."""
    chat, _, number = place.split()[0].partition(":")
    return int(chat), int(number) if number else None
