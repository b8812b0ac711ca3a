"""The Telegram-like phone: bubbles, buttons, typing, files."""

from collections.abc import Mapping
from typing import Any

from channels.sandbox.page.phones import PhoneFile, no_such, words
from channels.sandbox.telegram import Phone, SandboxFile, TelegramSandbox, Written

_SHOWN = 100  # messages


class TelegramPhone:
    """Bruno's chat with the shop's bot."""

    kind = "telegram"

    def __init__(self, box: TelegramSandbox, phone: Phone) -> None:
        self.owner = phone.name
        self._box = box
        self._phone = phone

    def shows(self) -> dict[str, Any]:
        """Return the chat; `typing_s` is how long it shows that the bot writes."""
        chat = self._box.world.chats[self._phone.id]
        typing_s = 0.0
        if chat.typing_until is not None:
            typing_s = (chat.typing_until - self._box.world.clock.now()).total_seconds()
        messages = [self._shown(message) for message in self._phone.messages[-_SHOWN:]]
        return {"messages": messages, "typing_s": max(0.0, typing_s)}

    async def do(self, action: str, asked: Mapping[str, str]) -> None:
        """Write, or press a button. Raises Invalid."""
        match action:
            case "write":
                await self._phone.send(words(asked))
            case "press":
                await self._press(asked)
            case _:
                raise no_such(action)

    async def send_file(self, file: PhoneFile) -> None:
        """Send a file: a picture as a photo."""
        await self._phone.send(file=SandboxFile(file.name, file.content, file.mime))

    def file(self, file_id: str) -> PhoneFile | None:
        """Return a file of the chat."""
        if not any(message.file_id == file_id for message in self._phone.messages):
            return None
        kept = self._box.world.files[file_id]
        return PhoneFile(name=kept.name, mime=kept.told_mime(), content=kept.content)

    async def changed(self) -> None:
        """Return after the next change of the chat."""
        await self._phone.wait_change(self._phone.changes)

    async def _press(self, asked: Mapping[str, str]) -> None:
        message, value = asked.get("message", ""), words(asked, "value")
        try:
            await self._phone.press(int(message), value)
        except (ValueError, LookupError) as gone:
            raise no_such("press") from gone

    def _shown(self, message: Written) -> dict[str, Any]:
        return {
            "id": message.id,
            "mine": message.mine,
            "at": message.at.isoformat(),
            "text": message.text,
            "entities": message.entities,
            "buttons": message.buttons,
            "edited": message.edited,
            "file": _file(message),
        }


def _file(message: Written) -> dict[str, Any] | None:
    if message.file is None:
        return None
    size = len(message.file.content)
    mime = message.file.told_mime()
    return {"id": message.file_id, "name": message.file.name, "mime": mime, "size_bytes": size}
