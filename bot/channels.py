"""The channels of the configured inboxes: built once, opened one by one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from bot.config import Config, decode
from bot.doors import InboxDoor
from channels import registry
from desk.cases.marks import Inboxes
from desk.cases.mirroring import Show
from desk.kit.clock import Clock
from desk.kit.errors import DeskError
from desk.ports.channel import Channel, ChannelKit, Health, HealthState
from desk.ports.optional import MarksCases, ShowsElsewhere, TellsNumbers, TitlesThreads


def build_channels(config: Config, clock: Clock, secret: str) -> dict[str, Channel]:
    """Return one channel per configured inbox. Raises Invalid for a wrong setting."""
    kit = ChannelKit(clock=clock, secret=secret, public_url=config.public_url, product=config.name)
    return {
        key: registry.build(key, inbox.channel, inbox.settings, kit, decode)
        for key, inbox in config.inboxes.items()
    }


def marking(channels: Mapping[str, Channel]) -> Inboxes:
    """Return where the desk shows customers, without a word, what becomes of their cases."""
    every = channels.items()
    marked = [key for key, one in every if isinstance(one, MarksCases) and one.marks_cases]
    titled = [key for key, one in every if isinstance(one, TitlesThreads)]
    return Inboxes(frozenset(marked), frozenset(titled))


def numbering(channels: Mapping[str, Channel]) -> frozenset[str]:
    """Return the inboxes in which customers are told the numbers of their cases."""
    every = channels.items()
    return frozenset(
        key for key, one in every if isinstance(one, TellsNumbers) and one.tells_numbers
    )


def mirrors(channels: Mapping[str, Channel]) -> dict[str, Show]:
    """Return the inboxes that show what was said of their conversations elsewhere, and how."""
    every = channels.items()
    return {key: one.shown for key, one in every if isinstance(one, ShowsElsewhere)}


@asynccontextmanager
async def opened(door: InboxDoor, channel: Channel) -> AsyncIterator[None]:
    """Run one inbox while the context is open; one that cannot be opened holds up no other."""
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(channel.run(door))
        except DeskError as refused:
            door.report(Health(state=HealthState.BROKEN, detail=refused.reason))
        yield
