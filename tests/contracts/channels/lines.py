"""One channel on its wire: the real channel, its network in a box, a desk in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from channels.sandbox.door import MemoryDoor
from channels.sandbox.slack import SlackSandbox
from channels.sandbox.telegram import TelegramSandbox
from desk.kit.clock import SystemClock
from desk.kit.errors import ChannelBusy
from desk.ports.channel import Accepted, Arrival, Channel, HealthState
from desk.ports.inbound import DeliveryReported, Inbound
from desk.ports.messages import Author, AuthorKind, InboundMessage, OutboundFile, OutboundMessage
from tests.channels import email_world, slack_world, telegram_desk
from tests.channels.chat_page import SHOP, open_shop
from tests.contracts.channels.phone_chat import ChatPhone
from tests.contracts.channels.phone_email import MailPhone
from tests.contracts.channels.phone_slack import SlackPhone
from tests.contracts.channels.phone_telegram import TelegramPhone
from tests.contracts.channels.phones import File, Phone

ALICE = Author(kind=AuthorKind.AGENT, name="Alice")


class FrailDoor(MemoryDoor):
    """A desk in memory that may die after it committed, before the network hears of it."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.deaths = 0  # still to come
        self.refused = 0  # offers that were not kept

    async def accept(
        self, arrivals: Sequence[Arrival], *, state: Mapping[str, bytes] | None = None
    ) -> list[Accepted]:
        """Keep the arrivals; then, if that is due, be gone before it can be said."""
        if self.trouble is not None:
            self.refused += 1
            self._changed.set()
        if not arrivals or not self.deaths:
            return await super().accept(arrivals, state=state)
        self.deaths -= 1
        await super().accept(arrivals)  # the network's own cursor was not kept
        raise ChannelBusy("gone", 0.01)


@dataclass
class Line:
    """A channel that runs, and one customer on it."""

    kind: str
    channel: Channel
    door: FrailDoor
    phone: Phone
    networks: Any = None  # the box it runs in
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def told(self) -> list[Inbound]:
        """Return what the arrivals so far say, receipts apart."""
        every = [said for one in self.door.arrivals for said in self.channel.parse(one.raw)]
        return [said for said in every if not isinstance(said, DeliveryReported)]

    async def heard(self, many: int) -> list[Inbound]:
        """Return what has been said, as soon as there is so much of it."""
        await self.door.wait_until(lambda: len(self.told()) >= many)
        return self.told()

    async def asked(self, text: str = "When does it come?") -> InboundMessage:
        """Let the customer write, and return it as the desk gets it."""
        await self.phone.write(text)
        said = (await self.heard(1))[-1]
        assert isinstance(said, InboundMessage)
        return said

    async def answer(
        self, to: InboundMessage, text: str, files: Sequence[File] = (), **more: Any
    ) -> OutboundMessage:
        """Return an answer of Alice's that is not sent yet."""
        number = next(self.numbers)
        held = [
            OutboundFile(
                name=file.name,
                mime=file.mime,
                size_bytes=len(file.content),
                blob=await self.door.blobs.put(file.content),
            )
            for file in files
        ]
        given: dict[str, Any] = {
            "id": f"out-{number}",
            "case_id": 1,
            "case_number": 1042,
            "message_id": number,
            "recipient": to.sender.address,
            "thread": to.thread,
            "in_reply_to": to.external_id,
            "subject": "A question",
            "author": ALICE,
        }
        return OutboundMessage(**{**given, "text": text, "attachments": tuple(held), **more})

    async def send(self, message: OutboundMessage) -> list[str]:
        """Send every part, in order, and return their ids."""
        parts = self.channel.plan(message).parts
        return [await self.channel.send(message, part.index) for part in parts]


@asynccontextmanager
async def line_of(kind: str) -> AsyncIterator[Line]:
    """Run one channel on its wire, with a customer who has written nothing yet."""
    async with AsyncExitStack() as stack:
        door = FrailDoor()
        match kind:
            case "email":
                box: Any = await stack.enter_async_context(email_world.box())
                channel: Channel = email_world.channel(email_world.settings(box))
                phone: Phone = MailPhone(box, 1, email_world.DESK)
            case "telegram":
                box = await stack.enter_async_context(TelegramSandbox(webhook_retry_s=0.05))
                channel = telegram_desk.channel_for(box)
                phone = TelegramPhone(box, telegram_desk.ADA)
            case "slack":
                clock = SystemClock()
                box = await stack.enter_async_context(
                    SlackSandbox(clock, time_scale=slack_world.FAST)
                )
                channel = slack_world.channel_for(slack_world.settings_for(box), clock)
                phone = SlackPhone(box, 1)
            case _:
                box = await stack.enter_async_context(open_shop(door))
                channel, phone = box.channel, ChatPhone(box.url("").rstrip("/"), SHOP, 1)
        if kind != "chat":  # the shop has opened its own
            await stack.enter_async_context(channel.run(door))
        await stack.enter_async_context(phone)
        await door.wait_until(lambda: door.health is HealthState.CONNECTED)
        yield Line(kind, channel, door, phone, box)
