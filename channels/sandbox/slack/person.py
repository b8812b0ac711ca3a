"""A customer's Slack: writing, editing, pressing buttons, and what his screen shows."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from channels.sandbox.slack.events import Events
from channels.sandbox.slack.forms import PersonForms
from channels.sandbox.slack.screen import Shown, show
from channels.sandbox.slack.views import Views
from channels.sandbox.slack.workspace import (
    APP,
    TEAM,
    Conversation,
    Json,
    Profile,
    StoredFile,
    Workspace,
    typed,
)

__all__ = ["PersonFile", "Shown", "SlackPerson"]


class PersonFile(Struct, frozen=True, kw_only=True):
    """A file a person puts into a message; `hidden` as files of other organisations are."""

    name: str
    content: bytes
    mime: str = "application/octet-stream"
    hidden: bool = False


class Around(Protocol):
    """What a person needs of the sandbox he lives in."""

    workspace: Workspace
    events: Events
    views: Views

    @property
    def base(self) -> str:
        """Where the sandbox is served, without a slash at the end."""
        ...

    async def changed(self) -> None:
        """Return after the next change of the workspace."""
        ...

    def ring(self) -> None:
        """Tell that the workspace changed."""
        ...


class SlackPerson:
    """One person of the workspace. Every action returns the message's timestamp, its id."""

    def __init__(self, around: Around, profile: Profile) -> None:
        self.profile = profile
        self.forms = PersonForms(around, profile)
        self._around = around
        self._workspace = around.workspace

    @property
    def id(self) -> str:
        """His id in Slack."""
        return self.profile.id

    @property
    def dm_channel(self) -> str:
        """The id of his direct message with the app."""
        return self._workspace.direct(self.id).id

    async def dm(
        self,
        text: str,
        *,
        thread_ts: str | None = None,
        file: PersonFile | None = None,
        files: Sequence[PersonFile] = (),
    ) -> str:
        """Write to the app directly; `thread_ts` answers in that thread."""
        every = [*files, *([file] if file else [])]
        return self._say(self._workspace.direct(self.id), text, thread_ts, every)

    async def post(
        self,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        file: PersonFile | None = None,
    ) -> str:
        """Write in a channel; `<@U0PARLEY>` in `text` mentions the app."""
        room = self._workspace.conversations[channel]
        room.members.add(self.id)
        return self._say(room, text, thread_ts, [file] if file else [])

    async def press(self, message_ts: str, value: str) -> None:
        """Press the button with this value under a message he sees."""
        room, message = self._find(message_ts)
        button = next(
            element
            for block in message.get("blocks", [])
            if block["type"] == "actions"
            for element in block["elements"]
            if element.get("value") == value
        )
        stamp = self._workspace.stamp()
        action = {**button, "block_id": "choices", "action_ts": stamp}
        self._around.events.interact(self._pressed(room, message, action))

    async def choose(self, message_ts: str, action_id: str, value: str = "") -> None:
        """Press this button under a message he sees, or choose `value` in this list of it."""
        room, message = self._find(message_ts)
        elements = [one for block in message["blocks"] for one in block.get("elements", [])]
        chosen = dict(next(one for one in elements if one.get("action_id") == action_id))
        if value:
            options = chosen.pop("options")
            chosen["selected_option"] = next(one for one in options if one["value"] == value)
        action = {**chosen, "action_ts": self._workspace.stamp()}
        self._around.events.interact(self._pressed(room, message, action))

    def whispers(self) -> list[str]:
        """Return what only he was told in channels."""
        return [words for person, _, words in self._workspace.whispers if person == self.id]

    async def edit(self, message_ts: str, text: str) -> None:
        """Change a message of his."""
        room, message = self._find(message_ts)
        before = dict(message)
        message.update(typed(text))
        message["edited"] = {"user": self.id, "ts": self._workspace.stamp()}
        self._around.events.changed(room, before, message)

    async def delete(self, message_ts: str) -> None:
        """Take a message of his back; one that was answered leaves a stone, as in Slack."""
        room, message = self._find(message_ts)
        at = room.messages.index(message)
        if any(other.get("thread_ts") == message_ts for other in room.messages if other != message):
            room.messages[at] = _stone(message_ts)
            self._around.events.changed(room, message, room.messages[at])
        else:
            room.messages.remove(message)
            self._around.events.deleted(room, message)

    async def react(self, message_ts: str, name: str, *, on: bool = True) -> None:
        """Put an emoji (by its name in Slack) on a message he sees, or take it off."""
        room, message = self._find(message_ts)
        change = self._workspace.react if on else self._workspace.unreact
        if change(message, name, self.id):
            self._around.events.reacted(room.id, message, name, self.id, added=on)

    def reactions(self, message_ts: str) -> list[str]:
        """Return the names of the emoji he sees on a message."""
        return [str(one["name"]) for one in self._find(message_ts)[1].get("reactions", [])]

    def messages(self, channel: str | None = None) -> list[Shown]:
        """Return what his Slack shows in `channel`, by default in the direct message."""
        room = self._workspace.conversations.get(channel or self.dm_channel)
        return [show(room.id, m, self._name(m)) for m in room.messages] if room else []

    async def wait_for(
        self, predicate: Callable[[Shown], bool], *, timeout_s: float = 10.0
    ) -> Shown:
        """Return the first message he sees that `predicate` holds for. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while True:
                for room in self._rooms():
                    for shown in self.messages(room.id):
                        if predicate(shown):
                            return shown
                await self._around.changed()

    def file(self, file_id: str) -> StoredFile:
        """Return a file he sees in a message."""
        return self._workspace.files[file_id]

    def _rooms(self) -> list[Conversation]:
        return [r for r in self._workspace.conversations.values() if self.id in r.members]

    def _find(self, ts: str) -> tuple[Conversation, Json]:
        for room in self._rooms():
            message = room.find(ts)
            if message is not None:
                return room, message
        raise LookupError(f"{self.profile.name} sees no message {ts}")

    def _name(self, message: Json) -> str:
        person = self._workspace.people.get(message.get("user", ""))
        return person.name if person else "Parley"

    def _say(
        self, room: Conversation, text: str, thread_ts: str | None, files: Sequence[PersonFile]
    ) -> str:
        message: Json = {"type": "message", "user": self.id, "ts": self._workspace.stamp()}
        message |= {"team": self.profile.team, "client_msg_id": self._workspace.number("c")}
        message |= typed(text)
        if room.shared or self.profile.team != TEAM:
            message |= {"user_team": self.profile.team, "source_team": self.profile.team}
        if thread_ts:
            message["thread_ts"] = thread_ts
        if files:
            held = [self._keep(file).as_json() for file in files]
            message |= {"subtype": "file_share", "files": held}
        room.messages.append(message)
        self._around.events.said(room, message)
        return str(message["ts"])

    def _keep(self, file: PersonFile) -> StoredFile:
        file_id = self._workspace.number("F")
        url = f"{self._around.base}/files/{file_id}/download"
        kept = StoredFile(file_id, file.name, file.mime, file.content, self.id, url)
        kept.hidden = file.hidden
        self._workspace.files[file_id] = kept
        return kept

    def _pressed(self, room: Conversation, message: Json, action: Json) -> Json:
        team = {"id": TEAM, "domain": "parley"}
        place = {"type": "message", "message_ts": message["ts"], "channel_id": room.id}
        if "thread_ts" in message:
            place["thread_ts"] = message["thread_ts"]
        who = {"id": self.id, "username": self.profile.name, "team_id": self.profile.team}
        return {
            "type": "block_actions",
            "user": {**who, "name": self.profile.name},
            "api_app_id": APP,
            "token": "deprecated",
            "container": {**place, "is_ephemeral": False},
            "trigger_id": self._around.views.trigger(self.id),
            "team": team,
            "channel": {"id": room.id, "name": room.name or "directmessage"},
            "message": message,
            "state": {"values": {}},
            "actions": [action],
        }


def _stone(ts: str) -> Json:
    """Return what Slack leaves of a deleted message that has replies."""
    said = {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
    return {**said, "text": "This message was deleted.", "ts": ts, "thread_ts": ts}
