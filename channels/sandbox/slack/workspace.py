"""What a Slack workspace holds: people, conversations, messages, files. No network in here."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from desk.kit.clock import Clock

Json = dict[str, Any]

TEAM = "T0PARLEY"
APP = "A0PARLEY"
BOT = "B0PARLEY"
BOT_PERSON = "U0PARLEY"


class Refused(Exception):
    """Slack says no: `ok: false` with this word in `error`."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


@dataclass
class Profile:
    """One person as `users.info` tells him."""

    id: str
    name: str
    team: str = TEAM
    email: str | None = None
    zone: str = "Europe/Paris"
    language: str = "en-US"
    guest: bool = False

    def as_json(self) -> Json:
        """Return the `user` object of users.info."""
        shown = {"real_name": self.name, "display_name": self.name.split(" ")[0]}
        if self.email:
            shown["email"] = self.email
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name.lower().replace(" ", "."),
            "real_name": self.name,
            "deleted": False,
            "tz": self.zone,
            "locale": self.language,
            "is_bot": False,
            "is_restricted": self.guest,
            "is_stranger": self.team != TEAM,
            "profile": {**shown, "image_72": f"https://avatars.example/{self.id}.png"},
        }


@dataclass
class StoredFile:
    """A file in the workspace; `url` is where it is downloaded with a token."""

    id: str
    name: str
    mime: str
    content: bytes
    owner: str
    url: str
    title: str = ""
    hidden: bool = False  # behind file_access: check_file_info, as in Slack Connect

    def as_json(self, *, whole: bool = False) -> Json:
        """Return the file object as messages carry it; `whole` is what files.info adds."""
        if self.hidden and not whole:
            return {"id": self.id, "mode": "file_access", "file_access": "check_file_info"}
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mime,
            "size": len(self.content),
            "mode": "hosted",
            "is_external": False,
            "user": self.owner,
            "url_private": self.url,
            "url_private_download": self.url,
        }


@dataclass
class Conversation:
    """A channel or a direct message, with everything said in it."""

    id: str
    name: str = ""
    person: str | None = None  # of a direct message
    members: set[str] = field(default_factory=set)
    shared: bool = False  # Slack Connect
    archived: bool = False
    messages: list[Json] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """`im` or `channel`, as events call it."""
        return "im" if self.person else "channel"

    def find(self, ts: str) -> Json | None:
        """Return the message with this timestamp."""
        return next((message for message in self.messages if message["ts"] == ts), None)

    def as_json(self) -> Json:
        """Return the channel object of conversations.info."""
        return {
            "id": self.id,
            "name": self.name,
            "is_im": self.person is not None,
            "is_channel": self.person is None,
            "is_archived": self.archived,
            "is_ext_shared": self.shared,
            "is_member": BOT_PERSON in self.members,
            "user": self.person,
        }


class Workspace:
    """The state of one workspace; every timestamp in it is unique and grows."""

    def __init__(self, clock: Clock, numbers_from: int = 0) -> None:
        self.people: dict[str, Profile] = {}
        self.conversations: dict[str, Conversation] = {}
        self.files: dict[str, StoredFile] = {}
        self.unfurl_domains: set[str] = set()  # whose links the app is told of
        self.whispers: list[tuple[str, str, str]] = []  # person, conversation, words: only for him
        self._clock = clock
        self._last_us = 0
        self._numbers: Iterator[int] = itertools.count(numbers_from + 1)

    def number(self, prefix: str) -> str:
        """Return a new id such as `F0000007`."""
        return f"{prefix}{next(self._numbers):07d}"

    def stamp(self) -> str:
        """Return the timestamp of a new message: its id within its conversation."""
        self._last_us = max(int(self._clock.now().timestamp() * 1e6), self._last_us + 1)
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    def seconds(self) -> int:
        """Return the present second."""
        return int(self._clock.now().timestamp())

    def direct(self, person: str) -> Conversation:
        """Return the direct message between `person` and the app, opened when needed."""
        found = next((one for one in self.conversations.values() if one.person == person), None)
        if found is None:
            found = Conversation(f"D{person[1:]}", person=person, members={person, BOT_PERSON})
            self.conversations[found.id] = found
        return found

    def give_id(self, before: str, after: str) -> None:
        """Call a conversation by another id from now on; nothing is found under the old one."""
        room = self.conversations.pop(before)
        room.id = after
        self.conversations[after] = room

    def channel(self, channel: str, name: str, *, shared: bool = False) -> Conversation:
        """Return a channel with the app in it, made when needed."""
        made = Conversation(channel, name=name, members={BOT_PERSON}, shared=shared)
        return self.conversations.setdefault(channel, made)

    def reach(self, channel: str) -> Conversation:
        """Return the conversation the app may write to. Raises Refused as Slack words it."""
        found = self.conversations.get(channel)
        if found is None and channel in self.people:
            found = self.direct(channel)  # Slack takes a person's id for his direct message
        if found is None:
            raise Refused("channel_not_found")
        if found.archived:
            raise Refused("is_archived")
        if BOT_PERSON not in found.members:
            raise Refused("not_in_channel")
        return found

    def react(self, message: Json, name: str, person: str) -> bool:
        """Put a person's emoji on a message; False when it is there already."""
        given = message.setdefault("reactions", [])
        found = next((one for one in given if one["name"] == name), None)
        if found is None:
            found = {"name": name, "users": [], "count": 0}
            given.append(found)
        if person in found["users"]:
            return False
        found["users"].append(person)
        found["count"] = len(found["users"])
        return True

    def unreact(self, message: Json, name: str, person: str) -> bool:
        """Take a person's emoji off a message; False when it is not there."""
        for one in message.get("reactions", []):
            if one["name"] == name and person in one["users"]:
                one["users"].remove(person)
                one["count"] = len(one["users"])
                message["reactions"] = [left for left in message["reactions"] if left["count"]]
                return True
        return False

    def message_at(self, channel: str, ts: str, error: str = "message_not_found") -> Json:
        """Return a message the app may touch. Raises Refused(error)."""
        found = self.reach(channel).find(ts)
        if found is None:
            raise Refused(error)
        return found


_SPECIAL = re.compile(r"<@(?P<person>[UW]\w+)>|<(?P<url>https?://[^>|]+)>")


def escape(text: str) -> str:
    """Return `text` as Slack writes it in messages: the three characters it escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(text: str) -> Json:
    """Return `text` and `blocks` of what a person typed; `<@U…>` mentions and `<https…>` links."""
    elements: list[Json] = []
    mrkdwn, at = "", 0
    for found in _SPECIAL.finditer(text):
        before = text[at : found.start()]
        elements += [{"type": "text", "text": before}] if before else []
        person, url = found["person"], found["url"]
        elements.append(
            {"type": "user", "user_id": person} if person else {"type": "link", "url": url}
        )
        mrkdwn += escape(before) + (f"<@{person}>" if person else f"<{escape(url)}>")
        at = found.end()
    if text[at:]:
        elements.append({"type": "text", "text": text[at:]})
    section = {"type": "rich_text_section", "elements": elements}
    block = {"type": "rich_text", "block_id": "typed", "elements": [section]}
    return {"text": mrkdwn + escape(text[at:]), "blocks": [block] if elements else []}
