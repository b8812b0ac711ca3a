"""What was said while nobody listened: read from Slack once somebody does again.

A minute's gap Slack itself fills by bringing events again; a longer one is read from the
conversations the app is in. What we have already is the same arrival, so nothing is doubled.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

from channels.slack.client import Client
from channels.slack.config import SlackSettings
from channels.slack.envelope import Json, mapping, text
from channels.slack.ingress import Ingress
from desk.kit import log
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBusy, DeskError, Uncertain
from desk.ports.channel import Door

GAP = timedelta(minutes=1)
LISTENED = "listened"  # the state that says until when somebody did

_THREADS = timedelta(days=1)  # older threads are not looked through for what came in the gap
_KINDS = {"im": "im", "public_channel": "channel", "private_channel": "group"}
_PAGE, _PAGES = 200, 10
_PATIENCE_S = 60.0


class CatchUp:
    """Remembers until when the inbox listened, and reads what came after that."""

    def __init__(
        self,
        client: Client,
        door: Door,
        ingress: Ingress,
        settings: SlackSettings,
        clock: Clock,
    ) -> None:
        self._client = client
        self._door = door
        self._ingress = ingress
        self._look_every_s = settings.look_every_s
        self._clock = clock
        self._log = log.get(channel="slack")

    async def keep(self, is_well: Callable[[], bool]) -> None:
        """Look again and again, for ever, as long as the inbox hears what is said."""
        while True:
            if is_well() and self._ingress.us.person:
                try:
                    await self.look()
                except DeskError as later:  # the gap is as it was: it is read the next time
                    self._log.warning("slack.not_caught_up", reason=later.reason)
            await asyncio.sleep(self._look_every_s)

    async def look(self) -> None:
        """Read what came in a gap, if there was one, and remember that somebody listens now."""
        now = self._clock.now()
        kept = await self._door.load(LISTENED)
        last = datetime.fromisoformat(kept.decode()) if kept else now
        if now - last > GAP:
            await self._read_since(last)
        await self._door.save(LISTENED, now.isoformat().encode())

    async def _read_since(self, last: datetime) -> None:
        count = 0
        for kind, called in _KINDS.items():
            async for room in self._rooms(kind):
                missed = await self._missed(room, last)
                events = [
                    {**one, "type": "message", "channel": room, "channel_type": called}
                    for one in sorted(missed, key=lambda one: text(one, "ts"))
                ]
                team = self._ingress.us.team
                payloads: list[tuple[str, Json]] = [
                    ("events_api", {"team_id": team, "event": event}) for event in events
                ]
                if payloads:
                    count += sum(await self._ingress.take(payloads))
        self._log.info("slack.caught_up", since=last.isoformat(), messages=count)

    async def _rooms(self, kind: str) -> AsyncIterator[str]:
        how = {"types": kind, "exclude_archived": True}
        async for one in self._pages("users.conversations", "channels", how):
            if text(one, "id"):
                yield text(one, "id")

    async def _missed(self, room: str, last: datetime) -> list[Json]:
        """Return the messages of a conversation and of its fresh threads since `last`."""
        since = last.timestamp() - 1.0
        missed: dict[str, Json] = {}
        how = {"channel": room, "oldest": f"{since - _THREADS.total_seconds():.6f}"}
        async for one in self._pages("conversations.history", "messages", how):
            if _seconds(text(one, "ts")) > since:
                missed[text(one, "ts")] = one
            if _seconds(text(one, "latest_reply")) > since:
                below = {"channel": room, "ts": text(one, "ts"), "oldest": f"{since:.6f}"}
                async for reply in self._pages("conversations.replies", "messages", below):
                    if _seconds(text(reply, "ts")) > since:
                        missed[text(reply, "ts")] = reply
        return list(missed.values())

    async def _pages(self, method: str, name: str, how: Json) -> AsyncIterator[Json]:
        """Yield what a method lists; what the app may not see it leaves out."""
        cursor = ""
        for _ in range(_PAGES):
            try:
                answer = await self._ask(method, {**how, "cursor": cursor or None})
            except (ChannelBusy, Uncertain):
                raise
            except DeskError as refused:
                self._log.info("slack.not_read", method=method, reason=refused.reason)
                return
            found = answer.get(name)
            for one in found if isinstance(found, list) else []:
                if isinstance(one, dict):
                    yield one
            cursor = text(mapping(answer, "response_metadata"), "next_cursor")
            if not cursor:
                return

    async def _ask(self, method: str, how: dict[str, Any]) -> Json:
        """Ask, and once more after the pause that Slack may want."""
        try:
            return await self._client.ask(method, limit=_PAGE, **how)
        except ChannelBusy as limited:
            if limited.retry_after_s is None or limited.retry_after_s > _PATIENCE_S:
                raise
            await asyncio.sleep(limited.retry_after_s)
            return await self._client.ask(method, limit=_PAGE, **how)


def _seconds(ts: str) -> float:
    try:
        return float(ts)
    except ValueError:
        return 0.0
