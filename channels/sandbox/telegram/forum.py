"""A supergroup with topics: what stands in it, what its people do there, and the bot's methods."""

import asyncio
from collections.abc import Callable
from typing import Any

from channels.sandbox.telegram import params as of
from channels.sandbox.telegram.methods import Method
from channels.sandbox.telegram.params import Params
from channels.sandbox.telegram.phone import Phone
from channels.sandbox.telegram.refused import bad_request
from channels.sandbox.telegram.updates import Updates
from channels.sandbox.telegram.world import (
    ChatState,
    ForumState,
    SandboxFile,
    Topic,
    World,
    Written,
    chat_json,
)

_NAME_CHARS = 128


class Forum:
    """One supergroup with topics; its number is below zero, as Telegram's are."""

    def __init__(self, world: World, updates: Updates, chat: ChatState, forum: ForumState) -> None:
        self._world = world
        self._updates = updates
        self._chat = chat
        self._forum = forum
        self._presses = 0

    @property
    def id(self) -> int:
        """The group's number."""
        return int(self._chat.person["id"])

    @property
    def topics(self) -> list[Topic]:
        """The topics that are there, the oldest first."""
        return list(self._forum.topics.values())

    @property
    def rights(self) -> set[str]:
        """What the bot may do as an admin; to be changed by a test."""
        return self._forum.rights

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
            at=self._world.clock.now(),
            text=text,
            file=file,
            file_id=self._world.keep(file) if file else "",
            topic=topic,
            by=who.person,
            entities=extra.pop("entities", []),
            extra=extra,
        )
        self._stand(message)
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
        self._forum.topics[topic].closed = True
        await self.write(who, topic, forum_topic_closed={})

    async def reopen(self, who: Phone, topic: int) -> None:
        """Open a closed topic again."""
        self._forum.topics[topic].closed = False
        await self.write(who, topic, forum_topic_reopened={})

    def delete(self, topic: int) -> None:
        """Remove a topic and all that stands in it."""
        del self._forum.topics[topic]
        for one in self.messages(topic):
            del self._chat.messages[one.id]
        self._chat.touch()

    def remove(self, message_id: int) -> None:
        """Remove one message."""
        del self._chat.messages[message_id]
        self._chat.touch()

    async def press(self, who: Phone, message_id: int, data: str) -> str:
        """Press the button that carries `data`. Raises LookupError when there is none."""
        message = self._chat.messages[message_id]
        buttons = [button for row in message.buttons for button in row]
        if not any(button.get("callback_data") == data for button in buttons):
            raise LookupError(f"Message {message_id} has no button that says {data!r}.")
        self._presses += 1
        press = f"{abs(self.id)}{self._presses:06d}"
        self._chat.pressed[press] = False
        body = {"id": press, "from": who.person, "message": self._world.as_json(message)}
        self._updates.add("callback_query", body | {"chat_instance": "1", "data": data})
        return press

    def was_answered(self, press: str) -> bool:
        """Return whether the bot has acknowledged a press."""
        return self._chat.pressed.get(press, False)

    async def until(self, look: Callable[[], Any], timeout_s: float = 15.0) -> Any:
        """Return what `look` returns as soon as it is true; looks after every change."""
        async with asyncio.timeout(timeout_s):
            while not (found := look()):
                await self._chat.bell.wait()
        return found

    async def wait_for(
        self, wanted: Callable[[Written], object], timeout_s: float = 15.0
    ) -> Written:
        """Return the first message for which `wanted` is true, now or as soon as there is one."""
        found: Written = await self.until(
            lambda: next((one for one in self.messages() if wanted(one)), None), timeout_s
        )
        return found

    def _stand(self, message: Written) -> None:
        self._chat.messages[message.id] = message
        self._chat.touch()


class ForumMethods:
    """The methods about topics, by their names in small letters."""

    def __init__(self, world: World, updates: Updates) -> None:
        self._world = world
        self._updates = updates
        self.by_name: dict[str, Method] = {
            "createforumtopic": self._create,
            "editforumtopic": self._edit,
            "closeforumtopic": self._close,
            "reopenforumtopic": self._reopen,
            "pinchatmessage": self._pin,
            "getchat": self._get_chat,
            "getchatmember": self._member,
        }

    async def _create(self, params: Params) -> Any:
        chat, forum = self._forum(params, "can_manage_topics")
        name = _name(params)
        topic = Topic(id=self._world.next_message(), name=name)
        forum.topics[topic.id] = topic
        self._tell(chat, topic, forum_topic_created={"name": name, "icon_color": 7322096})
        return {"message_thread_id": topic.id, "name": name, "icon_color": 7322096}

    async def _edit(self, params: Params) -> Any:
        chat, forum = self._forum(params, "can_manage_topics")
        topic, name = _topic(forum, params), _name(params)
        if topic.name == name:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.name = name
        self._tell(chat, topic, forum_topic_edited={"name": name})
        return True

    async def _close(self, params: Params) -> Any:
        return self._set_closed(params, closed=True)

    async def _reopen(self, params: Params) -> Any:
        return self._set_closed(params, closed=False)

    def _set_closed(self, params: Params, *, closed: bool) -> bool:
        chat, forum = self._forum(params, "can_manage_topics")
        topic = _topic(forum, params)
        if topic.closed == closed:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.closed = closed
        self._tell(chat, topic, **{"forum_topic_closed" if closed else "forum_topic_reopened": {}})
        return True

    async def _pin(self, params: Params) -> Any:
        chat, forum = self._forum(params, "can_pin_messages")
        message = chat.messages.get(of.whole(params, "message_id") or 0)
        if message is None:
            raise bad_request("message to pin not found")
        if message.topic is not None:
            forum.topics[message.topic].pinned.append(message.id)
        return True

    async def _get_chat(self, params: Params) -> Any:
        chat = self._world.writable(of.whole(params, "chat_id") or 0)
        return chat_json(chat) | {"accent_color_id": 1, "max_reaction_count": 11}

    async def _member(self, params: Params) -> Any:
        chat = self._world.writable(of.whole(params, "chat_id") or 0)
        if chat.forum is None or of.whole(params, "user_id") != self._world.bot_id:
            raise bad_request("member not found")
        told: dict[str, Any] = {"user": self._world.bot, "status": "member"}
        if chat.forum.rights:
            told |= {"status": "administrator", **dict.fromkeys(chat.forum.rights, True)}
        return told

    def _forum(self, params: Params, right: str) -> tuple[ChatState, ForumState]:
        chat = self._world.writable(of.whole(params, "chat_id") or 0)
        if chat.forum is None:
            raise bad_request("the chat is not a forum")
        if right not in chat.forum.rights:
            words = "create a topic" if right == "can_manage_topics" else "manage pinned messages"
            raise bad_request(f"not enough rights to {words} in the chat")
        return chat, chat.forum

    def _tell(self, chat: ChatState, topic: Topic, **service: Any) -> None:
        """Note what the bot did; Telegram may tell the bot so, and that must do nothing."""
        chat_id = int(chat.person["id"])
        message = Written(
            id=self._world.next_message() if "forum_topic_created" not in service else topic.id,
            chat=chat_id,
            mine=False,
            at=self._world.clock.now(),
            topic=topic.id,
            extra=service,
        )
        chat.messages[message.id] = message
        chat.touch()
        self._updates.add("message", self._world.as_json(message))


def _topic(forum: ForumState, params: Params) -> Topic:
    topic = forum.topics.get(of.whole(params, "message_thread_id") or 0)
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


def _name(params: Params) -> str:
    name = str(params.get("name", "")).strip()
    if not 1 <= len(name.encode("utf-16-le")) // 2 <= _NAME_CHARS:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_TOO_LONG")
    return name
