"""Connecting an inbox to its account at a provider: an admin begins here and says yes there."""

from collections.abc import Mapping

from bot.links import CHANNELS
from desk.http import Call, Html, Need, Routes
from desk.kit.errors import NotFound
from desk.ports.channel import Channel
from desk.ports.optional import NeedsConsent

routes = Routes()


def connectable(channels: Mapping[str, Channel]) -> frozenset[str]:
    """Return the inboxes whose account an admin connects in the browser."""
    return frozenset(
        key
        for key, channel in channels.items()
        if isinstance(channel, NeedsConsent) and channel.needs_consent
    )


@routes.form("/inboxes/{inbox}/connect", needs=Need.ADMIN)
async def connect(call: Call, inbox: str) -> Html:
    """Show the way to the provider, which leads back to this inbox; it works for 15 minutes."""
    channel = call.get(CHANNELS).get(inbox)
    if channel is None or not isinstance(channel, NeedsConsent):
        raise NotFound("There is no inbox that is connected in the browser by this name.")
    return Html("reports/consent.html", {"inbox": inbox, "url": await channel.consent_url()})
