"""What this desk's inboxes offer, as far as facts make something of it."""

from collections.abc import Mapping
from datetime import timedelta

from bot.channels import marking, mirrors
from bot.config import Config
from bot.hub.places import hubs
from bot.switchboard import Around
from bot.transcripts import at_resolve
from desk.ports.channel import Channel


def around(
    config: Config, channels: Mapping[str, Channel], letters: dict[str, str], *, staff: bool
) -> Around:
    """Return it; `letters` by the inbox whose customers get them, `staff`: agents get them too."""
    return Around(
        letters=letters,
        transcripts=at_resolve(config, letters),
        staff_after=timedelta(minutes=config.notices.after_minutes) if staff else None,
        marking=marking(channels),
        hubs=hubs(channels),
        mirrors=mirrors(channels),
        voice=config.name,
    )
