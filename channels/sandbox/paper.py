"""A channel on paper: JSON in, a file out. For tests of the desk behind the channels.

Its network is the folder given in the settings: each send is one line appended to `sent.jsonl`,
written through to the disk, as a provider would have it. It fulfils the whole port and nothing
more, so that the core is tested with a channel and not with a patched method.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from desk.kit.errors import DeskError, Unreadable
from desk.ports.channel import (
    Capabilities,
    ChannelKit,
    Door,
    Finding,
    Health,
    HealthState,
    Part,
    RenderPlan,
)
from desk.ports.inbound import Inbound
from desk.ports.messages import InboundMessage, OutboundMessage, Sender


class PaperSettings(Struct, frozen=True, kw_only=True):
    """Where the paper lies."""

    folder: str


class PaperChannel:
    """Speaks a protocol of one JSON object per message; splits what it sends at lines of ---."""

    kind: ClassVar[str] = "paper"
    Settings: ClassVar[type[Struct]] = PaperSettings
    capabilities: ClassVar[Capabilities] = Capabilities(text_limit=None, threads=True)

    def __init__(self, inbox: str, settings: PaperSettings, kit: ChannelKit) -> None:
        self.inbox = inbox
        self.folder = Path(settings.folder)
        self.door: Door | None = None
        self.refusals: list[DeskError] = []  # raised by the next sends, first first
        self.delay_s = 0.0
        self.also_called = ""  # another id that the network gives to what it takes
        self.sent: list[dict[str, Any]] = []  # by this process; the file has everybody's

    def parse(self, raw: bytes) -> Sequence[Inbound]:
        """Return the inbound things in a JSON list of them. Raises Unreadable."""
        try:
            return msgspec.json.decode(raw, type=list[Inbound])
        except (msgspec.DecodeError, ValueError) as broken:
            raise Unreadable(f"not a list of inbound things: {broken}") from broken

    def plan(self, message: OutboundMessage) -> RenderPlan:
        """Return one part per page: a line of --- ends a page."""
        pages = message.text.split("\n---\n")
        return RenderPlan(parts=tuple(Part(index=n, body=p) for n, p in enumerate(pages)))

    async def send(self, message: OutboundMessage, part: int) -> str:
        """Append one line to the paper and return its id; raise a refusal that is waiting."""
        if self.refusals:
            raise self.refusals.pop(0)
        await asyncio.sleep(self.delay_s)
        external_id = f"{message.id}:{part}:{os.urandom(4).hex()}"
        line = {
            "id": external_id,
            "to": message.recipient,
            "thread": message.thread,
            "part": part,
            "text": self.plan(message).parts[part].body,
            "in_reply_to": message.in_reply_to,
            "plain": message.plain,
            "cc": list(message.cc),
        }
        await asyncio.to_thread(self._write, line)
        self.sent.append(line)
        return f"{external_id} {self.also_called}".strip()

    def run(self, door: Door) -> AbstractAsyncContextManager[None]:
        """Keep the door open for `write_in`."""
        return self._run(door)

    async def check(self) -> list[Finding]:
        """Say whether the folder can be written to."""
        ok = os.access(self.folder, os.W_OK)
        return [Finding(what="folder", ok=ok, mend="Make the folder writable.")]

    @asynccontextmanager
    async def _run(self, door: Door) -> AsyncIterator[None]:
        self.door = door
        door.report(Health(state=HealthState.CONNECTED))
        yield
        self.door = None

    def _write(self, line: dict[str, Any]) -> None:
        with (self.folder / "sent.jsonl").open("a", encoding="utf-8") as paper:
            paper.write(json.dumps(line) + "\n")
            paper.flush()
            os.fsync(paper.fileno())


def payload(*things: Inbound) -> bytes:
    """Return the raw payload that says `things`."""
    return msgspec.json.encode(list(things))


def said(external_id: str, text: str, **more: Any) -> InboundMessage:
    """Return a message in a few words: `sender` and `thread` default to Ada's."""
    defaults: dict[str, Any] = {"sender": Sender(address="ada", name="Ada"), "thread": "t1"}
    return InboundMessage(external_id=external_id, text=text, **(defaults | more))


def on_paper(folder: Path) -> list[dict[str, Any]]:
    """Return every line ever sent into `folder`, in order; blocks."""
    path = folder / "sent.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
