"""A Slack channel as a place where agents work: cards kept up to date, lines in their threads."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from channels.slack import files, hub_render
from channels.slack.client import Client
from channels.slack.config import SlackSettings
from channels.slack.envelope import Json, mapping, text
from channels.slack.posting import Posting
from channels.slack.render import CUSTOMIZE
from desk.kit import log
from desk.kit.errors import ChannelBusy, DeskError, Uncertain
from desk.ports.channel import Door
from desk.ports.hub import HubCard, HubLine
from desk.ports.messages import OutboundFile

_AGAIN_S = 5.0


class SlackHub:
    """Shows cards and lines with one token."""

    def __init__(
        self, client: Client, posting: Posting, door: Door, settings: SlackSettings
    ) -> None:
        self._client = client
        self._posting = posting
        self._blobs = door.blobs
        self._door = door
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
        """Say a line in the thread of a card and return its ids. Raises as the port says.

        A line cut short goes on where it was: a text that stands there is not said again, a
        file of unknown fate is.
        """
        bodies = hub_render.lines(line, self._settings.hub_group)
        count, state = len(bodies) + len(line.attachments), f"hub line {line.key}"
        kept = await self._door.load(state) if count > 1 else None
        said: list[str] = msgspec.json.decode(kept, type=list[str]) if kept else []
        for at in range(len(said), count):
            where = place, _ts(thread) or None
            if at < len(bodies):
                said.append(await self._post(where, line, at, bodies[at], look=count > 1))
            else:
                said.append(await self._share(where, line.attachments[at - len(bodies)]))
            if count > 1:
                await self._door.save(state, msgspec.json.encode(said))
        if count > 1:
            await self._door.save(state, None)
        return " ".join(said)

    async def _post(
        self, where: tuple[str, str | None], line: HubLine, at: int, body: Json, *, look: bool
    ) -> str:
        place, ts = where
        found = await self._posting.look((line.key, at), place, ts) if look else None
        if found is None:
            voiced = await self._voiced(body, hub_render.voice(line), first=at == 0)
            asked = {**voiced, "metadata": _named(line.key, at)}
            found = await self._posting.put(place, ts, asked)
        return f"{place}:{found}"

    async def _share(self, where: tuple[str, str | None], file: OutboundFile) -> str:
        place, ts = where
        content = await self._blobs.get(file.blob)
        shared = await files.share(self._client, file, content, channel=place, thread_ts=ts)
        return f"{place}:{shared}"

    async def find_line(self, place: str, thread: str, line: HubLine) -> str | None:
        """Return the id of a line of one message that stands there; others `say` goes on with."""
        if len(hub_render.lines(line, "")) + len(line.attachments) != 1:
            return None
        began = _ts(thread)
        since = datetime.fromtimestamp(float(began), UTC) if began else None
        ts = await self._posting.look((line.key, 0), place, began, since)
        return f"{place}:{ts}" if ts else None

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
