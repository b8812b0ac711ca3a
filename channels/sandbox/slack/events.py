"""What the workspace tells the app: every change as an event, carried by socket or by HTTP."""

import asyncio
import copy
import re
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from channels.sandbox.slack.workspace import (
    APP,
    BOT_PERSON,
    TEAM,
    Conversation,
    Json,
    Workspace,
)

Answer = asyncio.Future[Json | None]  # what the app's acknowledgement carried


class Carry(Protocol):
    """Takes a payload of a kind to the app; `answer` is set once it is acknowledged."""

    def __call__(self, kind: str, payload: Json, answer: Answer | None = None) -> None: ...


class Events:
    """Builds the payloads of Slack's Events API; `carry(kind, payload)` takes them away."""

    def __init__(self, workspace: Workspace, carry: Carry, changed: Callable[[], None]) -> None:
        self._workspace = workspace
        self._carry = carry
        self._changed = changed

    def said(self, room: Conversation, message: Json) -> None:
        """Tell of a new message, and of the mention of the app in it."""
        event = {
            **copy.deepcopy(message),
            "type": "message",
            "channel": room.id,
            "channel_type": room.kind,
            "event_ts": message["ts"],
        }
        self.tell(event, room)
        if room.kind == "channel" and f"<@{BOT_PERSON}>" in message.get("text", ""):
            event = {key: value for key, value in event.items() if key != "channel_type"}
            self.tell({**event, "type": "app_mention"}, room)
        self._link(room, message)

    def _link(self, room: Conversation, message: Json) -> None:
        """Tell of links to the app's own domains that a person posted."""
        urls = re.findall(r"https?://[^\s<>|]+", message.get("text", ""))
        ours = [url for url in urls if urlsplit(url).hostname in self._workspace.unfurl_domains]
        if not ours or message.get("bot_id"):
            return
        links = [{"url": url, "domain": urlsplit(url).hostname} for url in ours]
        event = {"type": "link_shared", "user": message.get("user"), "channel": room.id}
        event |= {"message_ts": message["ts"], "links": links, "source": "conversations_history"}
        self.tell({**event, "event_ts": self._workspace.stamp()}, room)

    def changed(self, room: Conversation, before: Json, after: Json) -> None:
        """Tell of a message that is no longer as it was (an edit, an unfurled link)."""
        self._hidden(room, "message_changed", message=after, previous_message=before)

    def deleted(self, room: Conversation, before: Json) -> None:
        """Tell of a message taken back."""
        ts = before["ts"]
        self._hidden(room, "message_deleted", deleted_ts=ts, previous_message=before)

    def reacted(
        self, channel: str, message: Json, name: str, person: str, *, added: bool = True
    ) -> None:
        """Tell of an emoji put on a message, or taken off it."""
        stamp = self._workspace.stamp()
        event: Json = {"type": "reaction_added" if added else "reaction_removed", "user": person}
        event |= {"reaction": name, "item_user": message.get("user", ""), "event_ts": stamp}
        event["item"] = {"type": "message", "channel": channel, "ts": message["ts"]}
        self.tell(event)

    def _hidden(self, room: Conversation, subtype: str, **more: Any) -> None:
        stamp = self._workspace.stamp()
        event = {"type": "message", "subtype": subtype, "hidden": True, "ts": stamp}
        event |= {"channel": room.id, "channel_type": room.kind, "event_ts": stamp}
        self.tell({**event, **copy.deepcopy(more)}, room)

    def tell(self, event: Json, room: Conversation | None = None) -> Json:
        """Send `event` to the app in its envelope, and return the envelope."""
        seen_by = {"team_id": TEAM, "user_id": BOT_PERSON, "is_bot": True, "enterprise_id": None}
        payload = {
            "token": "deprecated",
            "team_id": TEAM,
            "context_team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": self._workspace.number("Ev"),
            "event_time": self._workspace.seconds(),
            "authorizations": [{**seen_by, "is_enterprise_install": False}],
            "is_ext_shared_channel": bool(room and room.shared),
        }
        self._carry("events_api", payload)
        self._changed()
        return payload

    def interact(self, payload: Json) -> None:
        """Send an interactive payload: a pressed button, a submitted form."""
        self._carry("interactive", payload)
        self._changed()

    async def ask(self, kind: str, payload: Json) -> Json | None:
        """Send what a person did and return what the app answers at once."""
        answer: Answer = asyncio.get_running_loop().create_future()
        self._carry(kind, payload, answer)
        self._changed()
        return await answer
