"""A customer's phone: what it shows of the chat with the bot, and what its owner does."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any

from channels.sandbox.telegram.updates import Updates
from channels.sandbox.telegram.world import ChatState, SandboxFile, Topic, World, Written, chat_json

_NAMED = re.compile(r"(?<![\w/@])@\w{3,32}")


class Phone:
    """One customer of the sandbox's bot. All ids are Telegram's: chat and person are one number."""

    def __init__(self, world: World, updates: Updates, chat: ChatState) -> None:
        self._world = world
        self._updates = updates
        self._chat = chat
        self._presses = 0

    @property
    def id(self) -> int:
        """The person's number, which is also the chat's."""
        return int(self._chat.person["id"])

    @property
    def person(self) -> dict[str, Any]:
        """Who owns it, as the Bot API writes him."""
        return self._chat.person

    @property
    def topics(self) -> dict[int, Topic]:
        """The topics of the chat with the bot."""
        return self._chat.topics

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self._chat.person['first_name']} {self._chat.person['last_name']}".strip()

    @property
    def messages(self) -> list[Written]:
        """What the phone shows, both directions, oldest first."""
        return list(self._chat.messages.values())

    @property
    def received(self) -> list[Written]:
        """What the bot wrote."""
        return [message for message in self.messages if not message.mine]

    @property
    def typing(self) -> bool:
        """Whether the phone shows that the bot is writing."""
        until = self._chat.typing_until
        return until is not None and self._world.clock.now() < until

    @property
    def blocked(self) -> bool:
        """Whether the bot is blocked."""
        return self._chat.blocked

    @property
    def changes(self) -> int:
        """A number that rises with every change: to be polled by a page that shows the phone."""
        return self._chat.changes

    def was_answered(self, press: str) -> bool:
        """Return whether the bot has acknowledged a press."""
        return self._chat.pressed.get(press, False)

    async def send(
        self,
        text: str = "",
        reply_to: int | None = None,
        file: SandboxFile | None = None,
        topic: int | None = None,
        **extra: Any,
    ) -> Written:
        """Write to the bot, in a topic of the chat if he likes.

        `extra` are further fields of the message: location={…}, dice={…}.
        """
        return self._post(text, reply_to=reply_to, file=file, topic=topic, extra=extra)

    async def send_album(self, files: Sequence[SandboxFile], text: str = "") -> list[Written]:
        """Send files together; each is a message of its own, the first has the words."""
        album = f"album-{self._world.next_message()}"
        return [
            self._post("" if number else text, file=file, album=album)
            for number, file in enumerate(files)
        ]

    async def edit(self, message_id: int, text: str) -> Written:
        """Change a message one wrote."""
        message = self._chat.messages[message_id]
        message.text, message.edited = text, True
        self._updates.add("edited_message", self._world.as_json(message))
        self._chat.touch()
        return message

    async def react(self, message_id: int, *emoji: str) -> None:
        """Let exactly these emoji of one's own stand on a message."""
        message = self._chat.messages[message_id]
        before = message.reactions.get(self.id, [])
        message.reactions[self.id] = list(emoji)
        body = {
            "chat": chat_json(self._chat),
            "message_id": message_id,
            "user": self._chat.person,
            "date": int(self._world.clock.now().timestamp()),
            "old_reaction": [{"type": "emoji", "emoji": one} for one in before],
            "new_reaction": [{"type": "emoji", "emoji": one} for one in emoji],
        }
        self._updates.add("message_reaction", body)
        self._chat.touch()

    async def press(self, message_id: int, data: str) -> str:
        """Press the button that carries `data`; return the press's id.

        Raises:
            LookupError: the message has no such button.
        """
        message = self._chat.messages[message_id]
        buttons = [button for row in message.buttons for button in row]
        if not any(button.get("callback_data") == data for button in buttons):
            raise LookupError(f"Message {message_id} has no button that says {data!r}.")
        self._presses += 1
        press = f"{self.id}{self._presses:06d}"
        self._chat.pressed[press] = False
        body = {
            "id": press,
            "from": self._chat.person,
            "message": self._world.as_json(message),
            "chat_instance": str(self.id),
            "data": data,
        }
        self._updates.add("callback_query", body)
        self._chat.touch()
        return press

    def block(self) -> None:
        """Block the bot."""
        self._member("member", "kicked", blocked=True)

    def unblock(self) -> None:
        """Let the bot write again."""
        self._member("kicked", "member", blocked=False)

    async def wait_for(
        self, wanted: Callable[[Written], object], timeout_s: float = 10.0
    ) -> Written:
        """Return the first message for which `wanted` is true, now or as soon as there is one.

        Raises:
            TimeoutError: none came in `timeout_s` seconds.
        """
        async with asyncio.timeout(timeout_s):
            while True:
                for message in self.messages:
                    if wanted(message):
                        return message
                await self.wait_change(self.changes)

    async def wait_change(self, since: int) -> int:
        """Return `changes` as soon as it is no longer `since`."""
        while self._chat.changes == since:
            await self._chat.bell.wait()
        return self._chat.changes

    def _post(
        self,
        text: str,
        *,
        reply_to: int | None = None,
        file: SandboxFile | None = None,
        album: str | None = None,
        topic: int | None = None,
        extra: dict[str, Any] | None = None,
    ) -> Written:
        self._chat.started = True
        message = Written(
            id=self._world.next_message(),
            chat=self.id,
            mine=True,
            at=self._world.clock.now(),
            text=text,
            entities=marks(text),
            file=file,
            file_id=self._world.keep(file) if file else "",
            reply_to=reply_to,
            album=album,
            topic=topic,
            extra=extra or {},
        )
        self._chat.messages[message.id] = message
        self._chat.touch()
        self._updates.add("message", self._world.as_json(message))
        return message

    def _member(self, before: str, after: str, *, blocked: bool) -> None:
        self._chat.blocked = blocked
        self._chat.touch()
        bot = self._world.bot
        body = {
            "chat": chat_json(self._chat),
            "from": self._chat.person,
            "date": int(self._world.clock.now().timestamp()),
            "old_chat_member": {"user": bot, "status": before},
            "new_chat_member": {"user": bot, "status": after, "until_date": 0},
        }
        self._updates.add("my_chat_member", body)


def marks(text: str) -> list[dict[str, Any]]:
    """Return what Telegram marks by itself: a command at the beginning, names with an @."""
    found = [{"type": "mention", **_span(text, at)} for at in _NAMED.finditer(text)]
    command = re.match(r"/\S+", text)
    return [{"type": "bot_command", **_span(text, command)}, *found] if command else found


def _span(text: str, at: re.Match[str]) -> dict[str, int]:
    return {"offset": _units(text[: at.start()]), "length": _units(at[0])}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
