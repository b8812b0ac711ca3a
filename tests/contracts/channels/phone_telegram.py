"""A customer's Telegram, for the contracts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from channels.sandbox.telegram import SandboxFile, TelegramSandbox
from channels.sandbox.telegram.world import Written
from tests.contracts.channels.phones import File, Phone, Refusal, Seen

_WORDS = {
    Refusal.LATER: (502, "Bad Gateway"),
    Refusal.GONE: (403, "Forbidden: bot was blocked by the user"),
    Refusal.CONTENT: (400, "Bad Request: can't parse entities"),
    Refusal.CONTEXT: (400, "Bad Request: message to be replied not found"),
    Refusal.BROKEN: (401, "Unauthorized"),
}


class TelegramPhone(Phone):
    """One of the sandbox's phones."""

    def __init__(self, box: TelegramSandbox, number: int) -> None:
        self.address = str(number)
        self._box = box
        self._phone = box.customer(number, "Ada", "Obi")
        self._last: Any = None

    async def write(self, text: str, files: Sequence[File] = (), answering: str = "") -> str:
        sent = [SandboxFile(file.name, file.content, file.mime) for file in files]
        if len(sent) > 1:
            first = (await self._phone.send_album(sent, text))[0]
        else:
            under = _number(answering) if answering else None
            first = await self._phone.send(text, under, sent[0] if sent else None)
        self._last = self._box.updates.pending[-1]
        return f"{self.address}:{first.id}"

    async def again(self) -> None:
        told = {key: value for key, value in self._last.items() if key != "update_id"}
        self._box.push(told)  # Telegram itself never repeats what was confirmed

    async def swapped(self, first: str, second: str) -> tuple[str, str]:
        asked = await self.write(first)
        added = await self.write(second, answering=asked)
        waiting = self._box.updates.pending  # nothing was awaited that lets the desk poll
        waiting[-2:] = [
            {**waiting[-1], **_numbered(waiting[-2])},
            {**waiting[-2], **_numbered(waiting[-1])},
        ]
        return asked, added

    async def returns(self) -> None:
        self._phone.unblock()

    async def poison(self) -> None:
        self._box.push({"message": {"chat": "no chat", "message_id": []}})

    async def echo(self) -> None:
        ours = [one for one in self._phone.messages if not one.mine][-1]
        self._box.push({"message": self._box.world.as_json(ours)})

    async def unknown(self) -> None:
        self._box.push({"brand_new_kind": {"chat": {"id": int(self.address)}}})
        self._box.push(None)

    async def seen(self) -> list[Seen]:
        return [_seen(one) for one in self._phone.messages if not one.mine]

    async def stirred(self) -> None:
        await self._phone.wait_change(self._phone.changes)

    async def edit(self, message: str, text: str) -> None:
        await self._phone.edit(_number(message), text)

    async def react(self, message: str, emoji: str, *, on: bool = True) -> None:
        await self._phone.react(_number(message), *([emoji] if on else []))

    async def reactions(self, message: str) -> list[str]:
        given = next(one for one in self._phone.messages if one.id == _number(message)).reactions
        return [emoji for who, many in given.items() if str(who) != self.address for emoji in many]

    async def press(self, seen: Seen, label: str) -> None:
        under = next(one for one in self._phone.messages if one.id == _number(seen.id))
        buttons = [button for row in under.buttons for button in row]
        chosen = next(button for button in buttons if button["text"] == label)
        await self._phone.press(under.id, chosen["callback_data"])

    async def leave(self) -> None:
        self._phone.block()

    async def sees_typing(self) -> None:
        while not self._phone.typing:
            await self.stirred()

    @asynccontextmanager
    async def refusing(self, refusal: Refusal, times: int = 1) -> AsyncIterator[None]:
        faults = self._box.faults
        if refusal is Refusal.UNSURE:
            faults.drop(method="sendMessage", times=times, processed=True)
        elif refusal is Refusal.MOVED:
            moved = 1_000_000 + int(self.address)
            self._phone = TelegramPhone(self._box, moved)._phone
            self._box.world.chats[moved].started = True
            faults.migrate(int(self.address), moved)
        else:
            faults.answer(*_WORDS[refusal], method="sendMessage", times=times)
        if refusal is Refusal.BROKEN:
            faults.answer(*_WORDS[refusal], method="getMe", times=times)
        try:
            yield
        finally:
            faults.clear()


def _numbered(update: Any) -> dict[str, int]:
    return {"update_id": update["update_id"]}


def _number(message: str) -> int:
    return int(message.rpartition(":")[2])


def _seen(one: Written) -> Seen:
    def marked(*kinds: str) -> tuple[str, ...]:
        wide = one.text.encode("utf-16-le")
        spans = [(e["offset"] * 2, e["length"] * 2) for e in one.entities if e["type"] in kinds]
        return tuple(wide[at : at + size].decode("utf-16-le") for at, size in spans)

    file = one.file
    return Seen(
        id=f"{one.chat}:{one.id}",
        text=one.text,
        bold=marked("bold"),
        links=tuple(e["url"] for e in one.entities if e["type"] == "text_link"),
        files=(File(file.name, file.content, file.told_mime()),) if file else (),
        buttons=tuple(button["text"] for row in one.buttons for button in row),
        answers=f"{one.chat}:{one.reply_to}" if one.reply_to else "",
        edited=one.edited,
    )
