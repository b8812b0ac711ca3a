"""Where agents work: the hubs of the configured inboxes."""

from collections.abc import Mapping

from bot.hub.rules import Hub
from desk.ports.channel import Channel
from desk.ports.hub import HasHubs


def hubs(channels: Mapping[str, Channel]) -> tuple[Hub, ...]:
    """Return the places where agents work."""
    return tuple(
        Hub(inbox=key, channel=one.kind, place=place, team=team)
        for key, one in channels.items()
        if isinstance(one, HasHubs)
        for place, team in one.hubs.items()
    )
