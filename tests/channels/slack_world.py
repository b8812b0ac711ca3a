"""A Slack with a desk behind it: what the Slack tests share."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from channels.sandbox.door import MemoryDoor
from channels.sandbox.slack import SlackPerson, SlackSandbox
from channels.slack.channel import SlackChannel
from channels.slack.config import SlackSettings
from desk.kit.clock import Clock, SystemClock
from desk.ports.channel import ChannelKit
from desk.ports.inbound import Inbound
from desk.ports.messages import Author, AuthorKind, InboundMessage, OutboundMessage

ALICE = Author(kind=AuthorKind.AGENT, name="Alice")
FAST = 0.02  # Slack's waits, times this


def settings_for(slack: SlackSandbox, **changed: Any) -> SlackSettings:
    """Return settings that point at the sandbox and do not dawdle."""
    quick: dict[str, Any] = {
        "bot_token": f"plain:{slack.bot_token}",
        "app_token": f"plain:{slack.app_token}",
        "signing_secret": f"plain:{slack.signing_secret}",
        "api_base": slack.api_base,
        "connections": 1,
        "backoff_first_s": 0.02,
        "look_again_s": 0.0,
        "sends_per_s": 1000.0,
        "name_wait_s": 2.0,
        "answer_s": 20.0,
    }
    return SlackSettings(**{**quick, **changed})


def channel_for(settings: SlackSettings, clock: Clock | None = None) -> SlackChannel:
    """Return a channel that is not running yet."""
    kit = ChannelKit(clock=clock or SystemClock(), secret="s", public_url="https://desk.example")
    return SlackChannel("slack", settings, kit)


@dataclass
class SlackWorld:
    """A running channel between Ada's Slack and a desk in memory."""

    slack: SlackSandbox
    channel: SlackChannel
    door: MemoryDoor
    ada: SlackPerson

    async def heard(self, count: int) -> list[Inbound]:
        """Return what the first `count` arrivals say, as soon as they are there."""
        arrivals = await self.door.wait_for(count)
        return [said for arrival in arrivals for said in self.channel.parse(arrival.raw)]

    async def written(self, text: str = "Hello") -> InboundMessage:
        """Let Ada write to the app, and return her message as the desk gets it."""
        await self.ada.dm(text)
        said = (await self.heard(len(self.door.arrivals) + 1))[-1]
        assert isinstance(said, InboundMessage)
        return said


@asynccontextmanager
async def slack_world(**changed: Any) -> AsyncIterator[SlackWorld]:
    """Start all of it; `changed` are settings."""
    clock = SystemClock()
    async with SlackSandbox(clock, time_scale=FAST) as slack:
        channel = channel_for(settings_for(slack, **changed))
        slack.views.trigger_s = 30.0
        door = MemoryDoor(clock)
        ada = slack.person("U1ADA", "Ada Obi", email="ada@example.org")
        async with channel.run(door):
            yield SlackWorld(slack, channel, door, ada)


def answer(to: InboundMessage, text: str = "Hello Ada", **more: Any) -> OutboundMessage:
    """Return Alice's answer to a message."""
    given: dict[str, Any] = {
        "id": "out-1",
        "case_id": 1,
        "case_number": 1042,
        "message_id": 1,
        "recipient": to.sender.address,
        "thread": to.thread,
        "text": text,
        "author": ALICE,
    }
    return OutboundMessage(**{**given, **more})


async def send_all(world: SlackWorld, message: OutboundMessage) -> Sequence[str]:
    """Send every part of `message`, in order, and return their ids."""
    parts = world.channel.plan(message).parts
    return [await world.channel.send(message, part.index) for part in parts]
