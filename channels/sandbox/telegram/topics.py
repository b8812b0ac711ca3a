"""Methods of the Bot API about topics, in forums and in private chats where the bot has them."""

from typing import Any

from channels.sandbox.telegram import params as of
from channels.sandbox.telegram.methods import Method
from channels.sandbox.telegram.params import Params
from channels.sandbox.telegram.refused import bad_request
from channels.sandbox.telegram.world import ChatState, Topic, World

_NAME = 128


class Topics:
    """The methods, by their names in small letters."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_name: dict[str, Method] = {
            "createforumtopic": self._create,
            "editforumtopic": self._edit,
            "closeforumtopic": self._close,
            "reopenforumtopic": self._reopen,
            "deleteforumtopic": self._delete,
        }

    async def _create(self, params: Params) -> Any:
        chat = self._forum(params)
        number = self._world.next_message()
        chat.topics[number] = Topic(name=_name(params), by_bot=True)
        chat.touch()
        told = {"message_thread_id": number, "name": chat.topics[number].name}
        return told | {"icon_color": 7322096}

    async def _edit(self, params: Params) -> Any:
        topic = self._topic(self._forum(params), params)
        name = _name(params)
        if name == topic.name:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.name = name
        return True

    async def _close(self, params: Params) -> Any:
        return self._shut(params, closed=True)

    async def _reopen(self, params: Params) -> Any:
        return self._shut(params, closed=False)

    async def _delete(self, params: Params) -> Any:
        chat = self._forum(params)
        self._topic(chat, params)
        del chat.topics[of.whole(params, "message_thread_id") or 0]
        return True

    def _shut(self, params: Params, *, closed: bool) -> bool:
        chat = self._forum(params)
        if chat.group is None:  # documented for supergroups alone
            raise bad_request("the chat is not a supergroup forum")
        topic = self._topic(chat, params)
        if topic.closed is closed:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.closed = closed
        return True

    def _forum(self, params: Params) -> ChatState:
        chat = self._world.writable(of.whole(params, "chat_id") or 0)
        if not (self._world.has_topics if chat.group is None else chat.group.get("is_forum")):
            raise bad_request("the chat is not a forum")
        return chat

    def _topic(self, chat: ChatState, params: Params) -> Topic:
        topic = chat.topics.get(of.whole(params, "message_thread_id") or 0)
        if topic is None:
            raise bad_request("message thread not found")
        return topic


def _name(params: Params) -> str:
    name = str(params.get("name", "")).strip()
    if not name:
        raise bad_request("topic name must be non-empty")
    if len(name) > _NAME:
        raise bad_request("topic name is too long")
    return name
