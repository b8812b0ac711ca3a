"""A supergroup with topics in which the bot is an admin: what people do there, and it may do."""

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from channels.sandbox.telegram import params as of
from channels.sandbox.telegram.group import Group
from channels.sandbox.telegram.params import Params
from channels.sandbox.telegram.phone import Phone
from channels.sandbox.telegram.refused import bad_request
from channels.sandbox.telegram.topics import Topics
from channels.sandbox.telegram.updates import Updates
from channels.sandbox.telegram.world import (
    ChatState,
    SandboxFile,
    Topic,
    World,
    Written,
    chat_json,
)


class Seen(Struct, frozen=True):
    """A topic as it is seen in the list of them; `topic` goes on changing."""

    id: int
    topic: Topic

    @property
    def name(self) -> str:
        """What it is called now."""
        return self.topic.name

    @property
    def closed(self) -> bool:
        """Whether it is closed now."""
        return self.topic.closed

    @property
    def pinned(self) -> list[int]:
        """The messages pinned in it."""
        return self.topic.pinned


class Forum(Group):
    """One supergroup with topics; its number is below zero, as Telegram's are."""

    @property
    def topics(self) -> list[Seen]:
        """The topics that are there, the oldest first."""
        return [Seen(number, topic) for number, topic in self._chat.topics.items()]

    @property
    def rights(self) -> set[str]:
        """What the bot may do as an admin; to be changed by a test."""
        return self._chat.rights

    def messages(self, topic: int | None = None) -> list[Written]:
        """Return what stands in a topic, or everywhere, the oldest first."""
        every = self._chat.messages.values()
        return [one for one in every if topic is None or one.topic == topic]

    async def write(
        self,
        who: Phone,
        topic: int | None,
        text: str = "",
        *,
        file: SandboxFile | None = None,
        **extra: Any,
    ) -> Written:
        """Let somebody write in a topic; None is the one called General."""
        message = Written(
            id=self._world.next_message(),
            chat=self.id,
            mine=True,
            author=who.person,
            at=self._world.clock.now(),
            text=text,
            file=file,
            file_id=self._world.keep(file) if file else "",
            topic=topic,
            entities=extra.pop("entities", []),
            extra=extra,
        )
        self._chat.messages[message.id] = message
        self._chat.touch()
        self._updates.add("message", self._world.as_json(message))
        return message

    async def edit(self, message_id: int, text: str) -> None:
        """Change a message somebody wrote."""
        message = self._chat.messages[message_id]
        message.text, message.edited, message.entities = text, True, []
        self._updates.add("edited_message", self._world.as_json(message))
        self._chat.touch()

    async def close(self, who: Phone, topic: int) -> None:
        """Close a topic."""
        self._chat.topics[topic].closed = True
        await self.write(who, topic, forum_topic_closed={})

    async def reopen(self, who: Phone, topic: int) -> None:
        """Open a closed topic again."""
        self._chat.topics[topic].closed = False
        await self.write(who, topic, forum_topic_reopened={})

    def delete(self, topic: int) -> None:
        """Remove a topic and all that stands in it."""
        del self._chat.topics[topic]
        for one in self.messages(topic):
            del self._chat.messages[one.id]
        self._chat.touch()

    def remove(self, message_id: int) -> None:
        """Remove one message."""
        del self._chat.messages[message_id]
        self._chat.touch()

    def was_answered(self, phone: Phone, message_id: int) -> bool:
        """Return whether the bot has acknowledged somebody's press."""
        return self._chat.pressed.get(f"{phone.id}{message_id:06d}", False)

    async def until(self, look: Callable[[], Any], timeout_s: float = 15.0) -> Any:
        """Return what `look` returns as soon as it is true; looks after every change."""
        async with asyncio.timeout(timeout_s):
            while not (found := look()):
                await self._chat.bell.wait()
        return found

    async def first(self, wanted: Callable[[Written], object], timeout_s: float = 15.0) -> Written:
        """Return the first message for which `wanted` is true, now or as soon as there is one."""
        found: Written = await self.until(
            lambda: next((one for one in self.messages() if wanted(one)), None), timeout_s
        )
        return found


class ForumMethods(Topics):
    """The methods about topics, with the rights they need and the service messages they leave.

    Telegram may tell the bot of those, and that must do nothing.
    """

    def __init__(self, world: World, updates: Updates) -> None:
        super().__init__(world)
        self._updates = updates
        self.by_name |= {
            "pinchatmessage": self._pin,
            "getchat": self._get_chat,
            "getchatmember": self._member,
        }

    async def _create(self, params: Params) -> Any:
        told = await super()._create(params)
        service = {"name": told["name"], "icon_color": told["icon_color"]}
        self._tell(params, told["message_thread_id"], forum_topic_created=service)
        return told

    async def _edit(self, params: Params) -> Any:
        await super()._edit(params)
        self._tell(params, forum_topic_edited={"name": params["name"]})
        return True

    def _shut(self, params: Params, *, closed: bool) -> bool:
        super()._shut(params, closed=closed)
        service: dict[str, Any] = {}
        service["forum_topic_closed" if closed else "forum_topic_reopened"] = {}
        self._tell(params, None, **service)
        return True

    async def _pin(self, params: Params) -> Any:
        chat = self._world.writable(of.whole(params, "chat_id") or 0)
        if chat.group is not None and "can_pin_messages" not in chat.rights:
            raise bad_request("not enough rights to manage pinned messages in the chat")
        message = chat.messages.get(of.whole(params, "message_id") or 0)
        if message is None:
            raise bad_request("message to pin not found")
        if message.topic in chat.topics:
            chat.topics[message.topic].pinned.append(message.id)
        chat.touch()
        return True

    async def _get_chat(self, params: Params) -> Any:
        chat = self._world.writable(of.whole(params, "chat_id") or 0)
        return chat_json(chat) | {"accent_color_id": 1, "max_reaction_count": 11}

    async def _member(self, params: Params) -> Any:
        chat = self._world.writable(of.whole(params, "chat_id") or 0)
        if chat.group is None or of.whole(params, "user_id") != self._world.bot_id:
            raise bad_request("member not found")
        told: dict[str, Any] = {"user": self._world.bot, "status": "member"}
        if chat.rights:
            told |= {"status": "administrator", **dict.fromkeys(chat.rights, True)}
        return told

    def _forum(self, params: Params) -> ChatState:
        chat = super()._forum(params)
        if chat.group is not None and "can_manage_topics" not in chat.rights:
            raise bad_request("not enough rights to manage topics in the chat")
        return chat

    def _tell(self, params: Params, topic: int | None = None, **service: Any) -> None:
        """Note in a group what the bot did there."""
        chat = self._world.chats[of.whole(params, "chat_id") or 0]
        if chat.group is None:
            return
        message = Written(
            id=topic or self._world.next_message(),
            chat=chat.id,
            mine=False,
            at=self._world.clock.now(),
            topic=topic or of.whole(params, "message_thread_id"),
            extra=service,
        )
        chat.messages[message.id] = message
        chat.touch()
        self._updates.add("message", self._world.as_json(message))
