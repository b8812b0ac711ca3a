"""What the Telegram tests share: the sandbox, the desk's door, Ada, and a channel between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from channels.sandbox.door import MemoryDoor
from channels.sandbox.telegram import Phone, TelegramSandbox
from channels.telegram.channel import TelegramChannel
from channels.telegram.config import TelegramSettings
from desk.kit.clock import SystemClock
from desk.ports.channel import (
    ChannelKit,
)
from desk.ports.inbound import Inbound
from desk.ports.messages import Author, AuthorKind, OutboundMessage

KIT = ChannelKit(clock=SystemClock(), secret="not-so-secret", public_url="http://127.0.0.1:1")
ADA = 4711
ALICE = Author(kind=AuthorKind.AGENT, name="Alice")
HELLO = OutboundMessage(
    id="m1",
    case_id=1,
    case_number=1042,
    message_id=7,
    recipient=str(ADA),
    thread=str(ADA),
    text="Hello **Ada**",
    author=ALICE,
)


@pytest.fixture
async def sandbox() -> AsyncIterator[TelegramSandbox]:
    async with TelegramSandbox(webhook_retry_s=0.05) as running:
        yield running


@pytest.fixture
def door() -> MemoryDoor:
    return MemoryDoor(SystemClock())


def settings_for(sandbox: TelegramSandbox, **changed: Any) -> TelegramSettings:
    settings = TelegramSettings(
        token=f"plain:{sandbox.token}",
        api_base=sandbox.api_base,
        file_base=sandbox.file_base,
        poll_timeout_s=5,
        backoff_first_s=0.05,
        backoff_cap_s=0.2,
        album_wait_s=0.15,
    )
    return replace(settings, **changed)


def channel_for(sandbox: TelegramSandbox, **changed: Any) -> TelegramChannel:
    return TelegramChannel("support", settings_for(sandbox, **changed), KIT)


@asynccontextmanager
async def running(
    sandbox: TelegramSandbox, door: MemoryDoor, **changed: Any
) -> AsyncIterator[TelegramChannel]:
    channel = channel_for(sandbox, **changed)
    async with channel.run(door):
        yield channel


@asynccontextmanager
async def writing_to_ada(
    sandbox: TelegramSandbox, door: MemoryDoor
) -> AsyncIterator[tuple[TelegramChannel, Phone]]:
    """A channel whose bot Ada has already written to."""
    ada = sandbox.customer(ADA, "Ada", "Lovelace")
    async with running(sandbox, door) as channel:
        await ada.send("hello")
        await door.wait_for(1)
        yield channel, ada


async def heard(channel: TelegramChannel, door: MemoryDoor, count: int) -> list[Inbound]:
    arrivals = await door.wait_for(count)
    return [inbound for arrival in arrivals for inbound in channel.parse(arrival.raw)]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - not everything waited for rings a bell
            await asyncio.sleep(0.01)
