"""A group on the customers' phones: what is written there by them, and by the bot among them."""

from typing import Any

from channels.sandbox.telegram.phone import Phone, marks
from channels.sandbox.telegram.updates import Updates
from channels.sandbox.telegram.world import ChatState, SandboxFile, Topic, World, Written, chat_json


class Group:
    """A group or supergroup that the bot is a member of."""

    def __init__(self, world: World, updates: Updates, chat: ChatState) -> None:
        self._world = world
        self._updates = updates
        self._chat = chat

    @property
    def id(self) -> int:
        """The chat's number, below zero."""
        return self._chat.id

    @property
    def received(self) -> list[Written]:
        """What the bot wrote there."""
        return [message for message in self._chat.messages.values() if not message.mine]

    async def send(
        self,
        phone: Phone,
        text: str = "",
        *,
        topic: int | None = None,
        reply_to: int | None = None,
        file: SandboxFile | None = None,
    ) -> Written:
        """Write something as the owner of a phone."""
        message = Written(
            id=self._world.next_message(),
            chat=self.id,
            mine=True,
            author=phone.person,
            at=self._world.clock.now(),
            text=text,
            entities=marks(text),
            file=file,
            file_id=self._world.keep(file) if file else "",
            reply_to=reply_to,
            topic=topic,
        )
        self._chat.messages[message.id] = message
        self._chat.touch()
        self._updates.add("message", self._world.as_json(message))
        return message

    async def press(self, phone: Phone, message_id: int, data: str) -> None:
        """Press a button under a message of the bot's, whomever it was meant for."""
        press = f"{phone.id}{message_id:06d}"
        body = {
            "id": press,
            "from": phone.person,
            "message": self._world.as_json(self._chat.messages[message_id]),
            "chat_instance": str(self.id),
            "data": data,
        }
        self._chat.pressed[press] = False
        self._updates.add("callback_query", body)

    def topic(self, name: str) -> int:
        """Open a topic, as an admin does, and return its number."""
        number = self._world.next_message()
        self._chat.topics[number] = Topic(name=name)
        return number

    def remove_bot(self, by: Phone) -> None:
        """Take the bot out of the group."""
        self._chat.blocked = True
        bot = self._world.bot
        body = {
            "chat": chat_json(self._chat),
            "from": by.person,
            "date": int(self._world.clock.now().timestamp()),
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
        }
        self._updates.add("my_chat_member", body)

    def become_supergroup(self, new_id: int, by: Phone) -> "Group":
        """Move to a new number; the old one refuses whatever is sent there."""
        told = {"id": new_id, "type": "supergroup", "title": self._title()}
        self._world.chats[new_id] = ChatState(person={}, group=told, started=True)
        self._chat.moved_to = new_id
        self._tell_of_move(self._chat, by, migrate_to_chat_id=new_id)
        here = self._chat.group or {}
        self._tell_of_move(self._world.chats[new_id], by, migrate_from_chat_id=here.get("id"))
        return Group(self._world, self._updates, self._world.chats[new_id])

    def _tell_of_move(self, chat: ChatState, by: Phone, **moved: Any) -> None:
        service = {
            "message_id": self._world.next_message(),
            "from": by.person,
            "chat": chat_json(chat),
            "date": int(self._world.clock.now().timestamp()),
            **moved,
        }
        self._updates.add("message", service)

    async def wait_for(self, words: str) -> Written:
        """Return the bot's first message with these words, as soon as there is one."""
        while True:
            for message in self.received:
                if words in message.text:
                    return message
            await self._chat.bell.wait()

    def _title(self) -> Any:
        return (self._chat.group or {}).get("title", "")
