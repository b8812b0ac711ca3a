"""A topic of its own for each case, in private chats of bots that have topics.

A topic cannot be made twice by mistake: "it is being made" is saved before the call, the topic
after it, in one commit with the news for the desk. Whoever finds only the former (a crash, a
lost answer) cannot know whether there is a topic now: such a case goes on outside of topics.
"""

import hashlib
import json
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from desk.kit import log
from desk.kit.errors import ChannelBroken, ChannelBusy, Uncertain, Undeliverable
from desk.kit.text import shorten
from desk.ports.channel import Arrival, Door
from desk.ports.messages import OutboundMessage

if TYPE_CHECKING:
    from channels.telegram.client import Client
    from channels.telegram.sending import Target

NAME = 128  # characters, at most
_DONE = "✅"
_SAME = "TOPIC_NOT_MODIFIED"
_MOST = 2  # topics of one case: one, and another when that was deleted

_log = log.get(channel="telegram", part="topics")


class Kept(Struct, frozen=True, kw_only=True):
    """What is known of a case's topic. One that is being made for ever may or may not exist."""

    topic: int | None = None
    making: bool = False
    made: int = 0


class Topics:
    """The topics of one bot's private chats."""

    def __init__(self, client: "Client", door: Door) -> None:
        self._client = client
        self._door = door
        self._unsaved: dict[str, int] = {}  # made, but the database was away
        self._without: set[int] = set()  # chats that have refused topics

    async def target(self, message: OutboundMessage, asked: "Target") -> "Target":
        """Return where a message goes: the topic its customer wrote in, else its case's.

        Raises:
            ChannelBusy: nothing can be made, or looked up, just now.
        """
        if asked.topic is not None or not await self._has_topics(asked.chat):
            return asked
        kept = await self._kept(message, asked.chat)
        topic = kept.topic if kept.topic or kept.made else await self._make(message, asked.chat)
        return _within(asked, topic)

    async def another(self, message: OutboundMessage, gone: "Target") -> "Target":
        """Return where a message goes whose topic is no more: another one, once; or none.

        Raises:
            ChannelBusy: nothing can be made, or looked up, just now.
        """
        nowhere = _within(gone, None)
        if not await self._has_topics(gone.chat):
            return nowhere
        kept = await self._kept(message, gone.chat)
        if kept.topic is not None and kept.topic != gone.topic:
            return _within(gone, kept.topic)
        if kept.making or kept.made >= _MOST:
            return nowhere
        return _within(gone, await self._make(message, gone.chat, made=max(kept.made, 1)))

    async def title(self, message: OutboundMessage, chat: int, *, done: bool) -> None:
        """Let a case's topic say that it is done: one that its customer made keeps its name.

        Raises:
            ChannelBusy, Uncertain: try again, it does no harm.
            Undeliverable: the topic is gone.
        """
        if not await self._has_topics(chat):
            return
        kept = await self._kept(message, chat)
        if kept.topic is None:
            return
        name = f"{_DONE} {name_of(message)}" if done else name_of(message)
        try:
            async with self._client.translated():
                await self._client.bot.edit_forum_topic(chat, kept.topic, shorten(name, NAME))
        except Undeliverable as refused:
            if _SAME not in refused.reason.upper():
                raise

    async def _has_topics(self, chat: int) -> bool:
        if chat < 0 or chat in self._without:
            return False
        return bool((await self._client.me()).has_topics_enabled)

    async def _kept(self, message: OutboundMessage, chat: int) -> Kept:
        saved = await self._door.load(_key(message, chat))
        return msgspec.json.decode(saved, type=Kept) if saved else Kept()

    async def _make(self, message: OutboundMessage, chat: int, made: int = 0) -> int | None:
        """Make a topic and return its number; None when there is none, or nobody knows."""
        key = _key(message, chat)
        topic = self._unsaved.get(key)
        if topic is None:
            kept = await self._kept(message, chat)
            if kept.making:
                return None
            await self._save(key, Kept(making=True, made=made))
            topic = await self._made(message, chat, key, Kept(made=made))
        if topic is not None:
            self._unsaved[key] = topic
            await self._tell(message, chat, topic, Kept(topic=topic, made=made + 1))
            del self._unsaved[key]
        return topic

    async def _made(
        self, message: OutboundMessage, chat: int, key: str, before: Kept
    ) -> int | None:
        try:
            async with self._client.translated():
                made = await self._client.bot.create_forum_topic(chat, name_of(message))
        except (ChannelBusy, ChannelBroken):  # nothing was made
            await self._save(key, before)
            raise
        except Undeliverable as refused:
            self._without.add(chat)
            await self._save(key, before)
            _log.info("telegram.no_topic", case=message.case_number, reason=refused.reason)
            return None
        except Uncertain as doubt:
            _log.warning("telegram.topic_unsure", case=message.case_number, reason=doubt.reason)
            return None
        return made.message_thread_id

    async def _save(self, key: str, kept: Kept) -> None:
        await self._door.save(key, msgspec.json.encode(kept))

    async def _tell(self, message: OutboundMessage, chat: int, topic: int, kept: Kept) -> None:
        """Keep a topic and tell the desk that what is written in it belongs to the case."""
        thread = f"{chat}:{topic}"
        told = {"topic": {"thread": thread, "message": message.message_id}}
        arrival = Arrival(
            dedupe_key=f"topic:{message.case_id}:{thread}",
            order_key=thread,
            raw=json.dumps(told).encode(),
        )
        await self._door.accept([arrival], state={_key(message, chat): msgspec.json.encode(kept)})


def name_of(message: OutboundMessage) -> str:
    """Return what the topic of a case is called: its number leads back to it."""
    return shorten(f"#{message.case_number} {message.subject or ''}", NAME)


def _within(target: "Target", topic: int | None) -> "Target":
    """Return the target in another topic; what it answers is not there."""
    same = topic == target.topic
    return msgspec.structs.replace(target, topic=topic, answers=target.answers if same else None)


def _key(message: OutboundMessage, chat: int) -> str:
    """Return the name of a case's topic in a chat, without the handle of whose chat it is."""
    return f"topic:{message.case_id}:{hashlib.sha256(str(chat).encode()).hexdigest()[:16]}"
