"""A Slack channel as a place where agents work: cards kept up to date, lines in their threads."""

from collections.abc import Mapping
from datetime import UTC, datetime

from channels.slack import files, hub_render
from channels.slack.client import Client
from channels.slack.config import SlackSettings
from channels.slack.envelope import Json, mapping, text
from channels.slack.posting import Posting
from channels.slack.render import CUSTOMIZE
from desk.kit import log
from desk.kit.errors import ChannelBusy, DeskError, Uncertain
from desk.ports.channel import Blobs
from desk.ports.hub import HubCard, HubLine

_AGAIN_S = 5.0


class SlackHub:
    """Shows cards and lines with one token."""

    def __init__(
        self, client: Client, posting: Posting, blobs: Blobs, settings: SlackSettings
    ) -> None:
        self._client = client
        self._posting = posting
        self._blobs = blobs
        self._settings = settings
        self._log = log.get(channel="slack")

    async def show_card(self, place: str, card: HubCard, thread: str) -> str:
        """Show a card and return its thread, `channel:timestamp`. Raises as the port says."""
        asked: Json = {**hub_render.card(card), "metadata": _named(card.key, 0)}
        if not thread:
            return f"{place}:{await self._posting.put(place, None, asked)}"
        try:
            await self._client.tell("chat.update", channel=place, ts=_ts(thread), **asked)
        except Uncertain as cut:  # showing twice is showing once
            raise ChannelBusy(cut.reason, _AGAIN_S) from cut
        return thread

    async def find_card(self, place: str, card: HubCard) -> str | None:
        """Return the thread of a card that stands there though nobody said so."""
        ts = await self._posting.look((card.key, 0), place, None)
        return f"{place}:{ts}" if ts else None

    async def say(self, place: str, thread: str, line: HubLine) -> str:
        """Say a line in the thread of a card and return its ids. Raises as the port says."""
        ts, ids = _ts(thread) or None, []
        for at, body in enumerate(hub_render.lines(line, self._settings.hub_group)):
            voiced = await self._voiced(body, hub_render.voice(line), first=at == 0)
            asked = {**voiced, "metadata": _named(line.key, at)}
            ids.append(f"{place}:{await self._posting.put(place, ts, asked)}")
        for file in line.attachments:
            content = await self._blobs.get(file.blob)
            shared = await files.share(self._client, file, content, channel=place, thread_ts=ts)
            ids.append(f"{place}:{shared}")
        return " ".join(ids)

    async def find_line(self, place: str, thread: str, line: HubLine) -> str | None:
        """Return the ids of a line all of whose parts stand there; files are not looked for."""
        parts = range(len(hub_render.lines(line, "")))
        ts = _ts(thread)
        since = datetime.fromtimestamp(float(ts), UTC) if ts else None
        found = [await self._posting.look((line.key, at), place, ts, since) for at in parts]
        return " ".join(f"{place}:{ts}" for ts in found) if found and all(found) else None

    async def whisper(self, place: str, thread: str, address: str, words: str) -> None:
        """Tell one person something that only he sees; in a direct message where there is none."""
        person = address.rpartition(":")[2]
        if place:
            try:
                await self._client.tell(
                    "chat.postEphemeral",
                    channel=place,
                    user=person,
                    thread_ts=_ts(thread),
                    text=words,
                )
                return
            except DeskError as refused:
                self._log.info("slack.not_whispered", reason=refused.reason)
        opened = await self._client.ask("conversations.open", users=person)
        direct = text(mapping(opened, "channel"), "id")
        await self._client.tell("chat.postMessage", channel=direct, text=words)

    async def show_links(self, external_id: str, cards: Mapping[str, HubCard]) -> None:
        """Show under a message what its links lead to. Raises as the port says."""
        place, _, ts = external_id.partition(":")
        unfurls = {url: hub_render.preview(card) for url, card in cards.items()}
        await self._client.tell("chat.unfurl", channel=place, ts=ts, unfurls=unfurls)

    async def _voiced(self, body: Json, name: str, *, first: bool) -> Json:
        if name and CUSTOMIZE in await self._posting.scopes():
            return {**body, "username": name}
        return hub_render.named(body, name) if first else body


def _named(key: str, part: int) -> Json:
    return {"event_type": "parley_hub", "event_payload": {"id": key, "part": part}}


def _ts(thread: str) -> str:
    return thread.rpartition(":")[2]
