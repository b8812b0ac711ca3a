"""Sending: where a message goes, whose turn it is, and what became of it when nobody said."""

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

from channels.slack import files
from channels.slack.client import Client
from channels.slack.config import SlackSettings
from channels.slack.envelope import mapping, text
from channels.slack.render import CUSTOMIZE, plan, signature, signed
from channels.slack.roots import Roots
from desk.kit.clock import Clock
from desk.kit.errors import ChannelBusy, DeskError, Refusal, Uncertain, Undeliverable
from desk.kit.meter import RateLimit
from desk.ports.channel import Door
from desk.ports.messages import OutboundMessage

EVENT_TYPE = "parley_message"

_LOOK_BACK = timedelta(hours=1)  # for what was just sent
_SKEW = timedelta(minutes=10)  # Slack's clock may be behind ours
_LOOK_LIMIT, _LOOK_PAGES = 200, 3
_AGAIN_S = 5.0
_REMEMBERED = 10_000  # direct messages whose channel is known


class Posting:
    """Posts with one token. Tells each part's id in Slack, `channel:timestamp`."""

    def __init__(self, client: Client, door: Door, settings: SlackSettings, clock: Clock) -> None:
        self._client = client
        self._blobs = door.blobs
        self._roots = Roots(door)
        self._settings = settings
        self._clock = clock
        self._limit = RateLimit(settings.sends_per_s, settings.send_burst)
        self._directs: OrderedDict[str, str] = OrderedDict()
        self._doubtful: set[tuple[str, int]] = set()  # sent without an answer, not found

    async def send(self, message: OutboundMessage, part: int) -> str:
        """Send one part and return its id. Raises as desk.ports.channel.Channel.send says."""
        body = plan(message).parts[part].body
        channel, thread_ts = await self._place(message)
        await self._turn(channel)
        if "file" in body:
            file = message.attachments[body["file"]]
            content = await self._blobs.get(file.blob)
            shared = await files.share(
                self._client, file, content, channel=channel, thread_ts=thread_ts
            )
            return f"{channel}:{shared}"
        asked = {
            "channel": channel,
            "thread_ts": thread_ts,
            **await self._voiced(message, body, part),
        }
        asked["metadata"] = {
            "event_type": EVENT_TYPE,
            "event_payload": {"id": message.id, "part": part},
        }
        try:
            ts = await self._post_once((message.id, part), asked, message.written_at)
        except Undeliverable as refused:
            if refused.refusal is not Refusal.CONTEXT or thread_ts is None:
                raise
            asked["thread_ts"] = thread_ts = None  # the thread is gone, the conversation is not
            ts = await self._post_once((message.id, part), asked, message.written_at)
        return await self._sent(message, channel, thread_ts, ts)

    async def find_sent(self, message: OutboundMessage, part: int) -> str | None:
        """Return the id of a part that was under way when a process died; None: it is not there.

        Raises:
            ChannelBusy: ask again later.
            Uncertain: Slack cannot tell: of files never, of texts not without leave to read,
                nor where too much was said since.
        """
        if "file" in plan(message).parts[part].body:
            raise Uncertain("Parley was stopped while it sent this file; it may have arrived.")
        channel, thread_ts = await self._place(message)
        await asyncio.sleep(self._settings.look_again_s)  # it may be on its way still
        try:
            ts = await self.look((message.id, part), channel, thread_ts, message.written_at)
        except (ChannelBusy, Uncertain):
            raise
        except DeskError as refused:
            reason = f"Slack does not say whether this arrived: {refused.reason}"
            raise Uncertain(reason) from refused
        return await self._sent(message, channel, thread_ts, ts) if ts else None

    async def _sent(
        self, message: OutboundMessage, channel: str, thread_ts: str | None, ts: str
    ) -> str:
        """Return the id of a text; the first one after a form begins the conversation's thread."""
        if thread_ts is None and _is_of_form(message):
            await self._roots.begin(message.thread, ts)
        return f"{channel}:{ts}"

    async def _place(self, message: OutboundMessage) -> tuple[str, str | None]:
        """Return channel and thread; without a thread it is the person's direct message."""
        _, _, place = message.thread.partition(":")
        channel, _, thread_ts = place.partition(":")
        if channel and not _is_of_form(message):
            return channel, thread_ts or None
        root = await self._roots.of(message.thread) if channel else None
        person = message.recipient.rpartition(":")[2]
        if person not in self._directs:
            try:
                opened = await self._client.ask("conversations.open", users=person)
            except Uncertain as cut:  # opening twice is opening once
                raise ChannelBusy(cut.reason, _AGAIN_S) from cut
            self._directs[person] = text(mapping(opened, "channel"), "id")
            if len(self._directs) > _REMEMBERED:
                self._directs.popitem(last=False)
        return self._directs[person], root

    async def _turn(self, channel: str) -> None:
        """Wait for the channel's turn: one message a second, a few at once."""
        loop = asyncio.get_running_loop()
        last_s = loop.time() + self._settings.send_wait_s
        while wait_s := self._limit.wait_s(channel, loop.time()):
            if loop.time() + wait_s > last_s:
                raise ChannelBusy("Others write in this conversation first.", wait_s)
            await asyncio.sleep(wait_s)

    async def _voiced(
        self, message: OutboundMessage, body: dict[str, Any], part: int
    ) -> dict[str, Any]:
        """Return the text with its author: as him where the app may, else his name in bold."""
        name = signature(message)
        if not name:
            return body
        if CUSTOMIZE in await self.scopes():
            icon = message.author.avatar_url or ""
            return {**body, "username": name, "icon_url": icon if "https:" in icon[:6] else None}
        return signed(body, name) if part == 0 else body

    async def scopes(self) -> frozenset[str]:
        """Return what the token may do. Raises ChannelBusy, ChannelBroken."""
        if self._client.scopes is None:
            try:
                await self._client.ask("auth.test")
            except Uncertain as cut:
                raise ChannelBusy(cut.reason, _AGAIN_S) from cut
        return self._client.scopes or frozenset()

    async def put(self, channel: str, thread_ts: str | None, asked: dict[str, Any]) -> str:
        """Post one thing in its turn and return its timestamp. Raises as `send` does."""
        await self._turn(channel)
        return await self._post({"channel": channel, "thread_ts": thread_ts, **asked})

    async def _post_once(
        self, key: tuple[str, int], asked: dict[str, Any], since: datetime | None
    ) -> str:
        """Post, unless an earlier try turns out to have arrived."""
        if key in self._doubtful and (found := await self._find(key, asked, since)):
            self._doubtful.discard(key)
            return found
        try:
            return await self._post(asked)
        except Uncertain:
            await asyncio.sleep(self._settings.look_again_s)
            if found := await self._find(key, asked, since):
                return found
            self._doubtful.add(key)
            raise

    async def _post(self, asked: dict[str, Any]) -> str:
        answer = await self._client.tell(
            "chat.postMessage",
            **{**asked, "blocks": asked["blocks"] or None},
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
        )
        ts = text(answer, "ts")
        if _is_cut(answer):
            await self._take_back(asked["channel"], ts)
            raise Undeliverable(
                "Slack cut the message; the cut one was taken back.", Refusal.CONTENT
            )
        return ts

    async def _take_back(self, channel: str, ts: str) -> None:
        try:
            await self._client.tell("chat.delete", channel=channel, ts=ts)
        except DeskError:
            return  # the shorter message that follows says the same again

    async def _find(
        self, key: tuple[str, int], asked: dict[str, Any], since: datetime | None
    ) -> str | None:
        """Return the timestamp of our message with this key, when Slack shows it to us."""
        try:
            return await self.look(key, asked["channel"], asked["thread_ts"], since)
        except DeskError:
            return None

    async def look(
        self,
        key: tuple[str, int],
        channel: str,
        thread_ts: str | None,
        since: datetime | None = None,
    ) -> str | None:
        """Return the timestamp of what was posted with this key; None: it is not there.

        Nothing older than `since` is looked at; None means an hour.

        Raises as `Client.ask` does, but:
            ChannelBusy: also when the connection broke; looking twice does no harm.
            Uncertain: more was said since than we look through.
        """
        began = since - _SKEW if since is not None else self._clock.now() - _LOOK_BACK
        how: dict[str, Any] = {"oldest": f"{began.timestamp():.6f}", "limit": _LOOK_LIMIT}
        where = "conversations.replies" if thread_ts else "conversations.history"
        cursor = ""
        for _ in range(_LOOK_PAGES):
            how |= {"include_all_metadata": True, "cursor": cursor or None}
            try:
                found = await self._client.ask(where, channel=channel, ts=thread_ts, **how)
            except Uncertain as cut:
                raise ChannelBusy(cut.reason, _AGAIN_S) from cut
            if (ts := _with_key(found.get("messages"), key)) is not None:
                return ts
            cursor = text(mapping(found, "response_metadata"), "next_cursor")
            if not cursor:
                return None
        raise Uncertain("Slack's newest messages do not reach back to when this was sent.")


def _with_key(messages: Any, key: tuple[str, int]) -> str | None:
    for message in messages if isinstance(messages, list) else []:
        told = mapping(mapping(message, "metadata"), "event_payload")
        if (told.get("id"), told.get("part")) == key:
            return text(message, "ts")
    return None


def _is_of_form(message: OutboundMessage) -> bool:
    """Return whether a conversation began in a form: it has a thread only once we wrote in it."""
    return message.thread.partition(":")[2].startswith("@")


def _is_cut(answer: dict[str, Any]) -> bool:
    more = mapping(answer, "response_metadata").get("warnings")
    warnings = [answer.get("warning"), *(more if isinstance(more, list) else [])]
    return "message_truncated" in warnings
