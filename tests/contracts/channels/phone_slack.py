"""A customer's Slack, for the contracts."""

import copy
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from channels.sandbox.slack import Fault, SlackSandbox
from channels.sandbox.slack.events import Answer
from channels.sandbox.slack.person import PersonFile
from channels.sandbox.slack.screen import Shown
from tests.contracts.channels.phones import File, Phone, Refusal, Seen

_NAMES = {"👍": "+1", "🎉": "tada", "👀": "eyes"}
_FAULTS = {
    Refusal.LATER: Fault(status=503),
    Refusal.UNSURE: Fault(drop=True, after=True),
    Refusal.GONE: Fault(error="channel_not_found"),
    Refusal.CONTENT: Fault(error="invalid_blocks"),
    Refusal.CONTEXT: Fault(error="thread_not_found"),
    Refusal.BROKEN: Fault(error="token_revoked"),
}


class SlackPhone(Phone):
    """One person of the sandbox's workspace, in his direct message with the app."""

    def __init__(self, box: SlackSandbox, number: int) -> None:
        self.address = f"{box.team}:U{number}ADA"
        self._box = box
        self._person = box.person(f"U{number}ADA", "Ada Obi")
        self._last: tuple[str, Any] = ("", None)

    async def write(self, text: str, files: Sequence[File] = (), answering: str = "") -> str:
        with self._held() as held:
            sent = await self._written(text, files, answering)
        (self._last,) = held
        self._box.events._carry(*self._last)
        return sent

    async def swapped(self, first: str, second: str) -> tuple[str, str]:
        with self._held() as held:
            asked = await self._written(first)
            added = await self._written(second, answering=asked)
        for kind, payload in reversed(held):
            self._box.events._carry(kind, payload)
        return asked, added

    async def again(self) -> None:
        self._box.events._carry(*self._last)

    async def poison(self) -> None:
        self._box.events.tell({"type": "message", "user": self._person.id, "text": "no place"})

    async def echo(self) -> None:
        room = self._box.workspace.conversations[self._person.dm_channel]
        ours = [one for one in room.messages if one.get("bot_id")][-1]
        self._box.events.said(room, ours)

    async def unknown(self) -> None:
        self._box.events.tell({"type": "brand_new_kind", "channel": self._person.dm_channel})
        self._box.events.tell({"type": ["no", "word"]})

    async def seen(self) -> list[Seen]:
        return [self._seen(one) for one in self._person.messages() if one.from_app]

    async def stirred(self) -> None:
        await self._box.changed()

    async def edit(self, message: str, text: str) -> None:
        await self._person.edit(_ts(message), text)

    async def delete(self, message: str) -> None:
        await self._person.delete(_ts(message))

    async def react(self, message: str, emoji: str, *, on: bool = True) -> None:
        await self._person.react(_ts(message), _NAMES[emoji], on=on)

    async def reactions(self, message: str) -> list[str]:
        emoji = {name: sign for sign, name in _NAMES.items()}
        return [emoji.get(name, name) for name in self._person.reactions(_ts(message))]

    async def press(self, seen: Seen, label: str) -> None:
        under = next(one for one in self._person.messages() if one.ts == _ts(seen.id))
        value = next(button.value for button in under.buttons if button.label == label)
        await self._person.press(under.ts, value)

    @asynccontextmanager
    async def refusing(self, refusal: Refusal, times: int = 1) -> AsyncIterator[None]:
        if refusal is Refusal.MOVED:
            self._move()
        else:
            self._box.fail("chat.postMessage", _FAULTS[refusal], times)
        try:
            yield
        finally:
            self._box.faults.clear()

    def _move(self) -> None:
        """Let Slack call his conversation otherwise: it does so with channels."""
        before = self._person.dm_channel
        after = f"{before}MOVED"
        self._box.workspace.give_id(before, after)
        told = {"old_channel_id": before, "new_channel_id": after}
        self._box.events.tell({"type": "channel_id_changed", **told})

    @contextmanager
    def _held(self) -> Iterator[list[tuple[str, Any]]]:
        """Keep events back while the context is open."""
        held: list[tuple[str, Any]] = []
        carry = self._box.events._carry

        def keep(kind: str, payload: Any, answer: Answer | None = None) -> None:
            held.append((kind, copy.deepcopy(payload)))

        self._box.events._carry = keep
        try:
            yield held
        finally:
            self._box.events._carry = carry

    async def _written(self, text: str, files: Sequence[File] = (), answering: str = "") -> str:
        held = [PersonFile(name=one.name, content=one.content, mime=one.mime) for one in files]
        under = self._thread(answering) if answering else None
        ts = await self._person.dm(text, thread_ts=under, files=held)
        return f"{self._person.dm_channel}:{ts}"

    def _thread(self, message: str) -> str:
        shown = next(one for one in self._person.messages() if one.ts == _ts(message))
        return shown.thread_ts or shown.ts

    def _seen(self, one: Shown) -> Seen:
        held = [self._person.file(file.id) for file in one.files]
        inlines = list(_inlines(one.blocks))
        return Seen(
            id=f"{one.channel}:{one.ts}",
            text=one.text,
            bold=tuple(each["text"] for each in inlines if each.get("style", {}).get("bold")),
            links=tuple(each["url"] for each in inlines if each.get("type") == "link"),
            files=tuple(File(file.name, file.content, file.mime) for file in held),
            buttons=tuple(button.label for button in one.buttons),
            answers=f"{one.channel}:{one.thread_ts}" if one.thread_ts else "",
            edited=one.edited,
            author=one.name,
        )


def _ts(message: str) -> str:
    return message.rpartition(":")[2]


def _inlines(blocks: Any) -> Iterator[dict[str, Any]]:
    for one in blocks:
        if "elements" in one:
            yield from _inlines(one["elements"])
        else:
            yield one
