"""Messages that somebody made a case of by an emoji: Slack tells of the emoji, not of the words."""

import asyncio
from typing import Any

from channels.slack.client import Client
from channels.slack.config import SlackSettings, Watch
from channels.slack.envelope import MARKED, Json, mapping, text
from channels.slack.ingress import Payload
from desk.kit import log
from desk.kit.errors import ChannelBusy, DeskError, Uncertain

_FETCH_S = 2.0  # Slack waits three seconds
_AGAIN_S = 5.0


def place_of(payload: Json, settings: SlackSettings) -> tuple[str, str] | None:
    """Return channel and timestamp of the message that this emoji makes a case of, if it does."""
    event = mapping(payload, "event")
    item = mapping(event, "item")
    channel, ts = text(item, "channel"), text(item, "ts")
    name = text(event, "reaction").partition("::")[0]
    if text(event, "type") != "reaction_added" or name != settings.case_emoji:
        return None
    is_watched = settings.channels.get(channel, settings.watch) is not Watch.NOBODY
    return (channel, ts) if channel.startswith(("C", "G")) and ts and is_watched else None


class Marked:
    """Fetches such messages, so that they can be committed together with the emoji."""

    def __init__(self, client: Client, settings: SlackSettings) -> None:
        self._client = client
        self._settings = settings
        self._log = log.get(channel="slack")

    def lacks(self, payload: Json) -> bool:
        """Return whether a payload is an emoji that makes a case of a message."""
        return place_of(payload, self._settings) is not None

    async def beside(self, payload: Json) -> Payload | None:
        """Return the message an emoji makes a case of, as a payload; None when it makes none.

        Raises:
            ChannelBusy: Slack cannot tell just now; let it bring the emoji again.
        """
        place = place_of(payload, self._settings)
        if place is None:
            return None
        channel, ts = place
        try:
            async with asyncio.timeout(_FETCH_S):
                message = await self._find(channel, ts)
        except (ChannelBusy, Uncertain, TimeoutError) as later:
            raise ChannelBusy("Slack does not show the message now.", _AGAIN_S) from later
        except DeskError as refused:
            self._log.warning("slack.marked_unseen", reason=refused.reason)
            return None
        if message is None:
            return None
        kept = {name: payload[name] for name in ("team_id", "api_app_id") if name in payload}
        return MARKED, kept | {"event": {**message, "type": "message", "channel": channel}}

    async def _find(self, channel: str, ts: str) -> Json | None:
        """Return a message, of the channel itself or of a thread in it."""
        how: dict[str, Any] = {"channel": channel, "limit": 1, "inclusive": True}
        for method, where in (
            ("conversations.history", {"oldest": ts, "latest": ts}),
            ("conversations.replies", {"ts": ts}),
        ):
            found = (await self._client.ask(method, **how, **where)).get("messages")
            for message in found if isinstance(found, list) else []:
                if isinstance(message, dict) and text(message, "ts") == ts:
                    return message
        return None
