"""What the sandbox knows: chats, what was written in them, files. Plain data, no network."""

import asyncio
import mimetypes
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from channels.sandbox.telegram.refused import ApiError, bad_request
from desk.kit.clock import Clock

_ADMIN = {"id": 99, "is_bot": False, "first_name": "Admin"}  # who opens topics in groups


class SandboxFile(Struct, frozen=True):
    """A file on a phone or on its way. `kind` is Telegram's: photo, document, voice …"""

    name: str
    content: bytes
    mime: str = ""
    kind: str = ""

    def told_kind(self) -> str:
        """Return its kind, or what a phone would make of it."""
        if self.kind:
            return self.kind
        return "photo" if self.told_mime().startswith("image/") else "document"

    def told_mime(self) -> str:
        """Return its MIME type, or what its name says."""
        return self.mime or mimetypes.guess_type(self.name)[0] or "application/octet-stream"


class Written(Struct, kw_only=True):
    """One message as it stands on the customer's phone."""

    id: int
    chat: int
    mine: bool  # a customer wrote it
    author: dict[str, Any] = {}  # who; in a private chat its person
    at: datetime
    text: str = ""  # or the caption
    entities: list[dict[str, Any]] = []
    file: SandboxFile | None = None
    file_id: str = ""
    buttons: list[list[dict[str, Any]]] = []
    reply_to: int | None = None
    topic: int | None = None
    album: str | None = None
    edited: bool = False
    reactions: dict[int, list[str]] = {}  # emoji by who put them there
    extra: dict[str, Any] = {}  # further fields of the Bot API's message: location, dice …


class Topic(Struct, kw_only=True):
    """A topic of a forum, or of a private chat with the bot."""

    name: str
    closed: bool = False
    by_bot: bool = False
    pinned: list[int] = field(default_factory=list)


class ChatState(Struct, kw_only=True):
    """One chat: who is in it and what was written; a group is no single person's."""

    person: dict[str, Any]
    group: dict[str, Any] | None = None  # as the Bot API writes it
    moved_to: int | None = None  # a group became a supergroup
    topics: dict[int, Topic] = field(default_factory=dict)
    rights: set[str] = field(default_factory=lambda: {"can_manage_topics", "can_pin_messages"})
    started: bool = False
    blocked: bool = False
    typing_until: datetime | None = None
    messages: dict[int, Written] = field(default_factory=dict)
    pressed: dict[str, bool] = field(default_factory=dict)  # presses, and whether answered
    changes: int = 0
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> int:
        """The chat's number; a private one has its person's."""
        return int((self.group or self.person)["id"])

    def touch(self) -> None:
        """Note a change, and wake those who wait for one."""
        self.changes += 1
        self.bell.set()
        self.bell = asyncio.Event()


class World:
    """Everything one bot sees."""

    def __init__(self, clock: Clock, username: str, bot_id: int) -> None:
        self.clock = clock
        self.bot_id = bot_id
        self.bot = {
            "id": bot_id,
            "is_bot": True,
            "first_name": "Parley sandbox",
            "username": username,
        }
        self.chats: dict[int, ChatState] = {}
        self.files: dict[str, SandboxFile] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}  # by language, "" for everybody's
        self.last_message = 0
        self.has_topics = False  # in private chats: switched on at BotFather
        self.reads_groups = False  # its privacy mode is off

    def writable(self, chat_id: int) -> ChatState:
        """Return a chat the bot may write to. Raises ApiError as Telegram would."""
        chat = self.chats.get(chat_id)
        if chat is None or not chat.started:
            raise bad_request("chat not found")
        if chat.moved_to is not None:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, words, {"migrate_to_chat_id": chat.moved_to})
        if chat.blocked and chat.group is not None:
            raise ApiError(403, "Forbidden: bot was kicked from the group chat")
        if chat.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat

    def next_message(self) -> int:
        """Return a new message id; they rise through all chats of the bot."""
        self.last_message += 1
        return self.last_message

    def keep(self, file: SandboxFile) -> str:
        """Keep a file and return its id."""
        file_id = f"file-{len(self.files) + 1}"
        self.files[file_id] = file
        return file_id

    def as_json(self, message: Written, *, depth: int = 0) -> dict[str, Any]:
        """Return a message as the Bot API writes it."""
        chat = self.chats[message.chat]
        told: dict[str, Any] = {
            "message_id": message.id,
            "from": (message.author or chat.person) if message.mine else self.bot,
            "chat": chat_json(chat),
            "date": int(message.at.timestamp()),
        }
        if message.topic is not None:
            told |= {"message_thread_id": message.topic, "is_topic_message": True}
        told |= self._content(message)
        if message.buttons:
            told["reply_markup"] = {"inline_keyboard": message.buttons}
        if message.edited:
            told["edit_date"] = int(self.clock.now().timestamp())
        answered = chat.messages.get(message.reply_to or 0)
        if answered is not None and depth == 0:
            told["reply_to_message"] = self.as_json(answered, depth=1)
        elif message.topic in chat.topics and depth == 0:
            told["reply_to_message"] = self._opening(chat, message.topic)
        return told

    def _opening(self, chat: ChatState, topic: int) -> dict[str, Any]:
        """Return the service message that opened a topic: all that is written in it answers it."""
        opened = chat.topics[topic]
        return {
            "message_id": topic,
            "from": self.bot if opened.by_bot else chat.person or _ADMIN,
            "chat": chat_json(chat),
            "date": 0,
            "message_thread_id": topic,
            "is_topic_message": True,
            "forum_topic_created": {"name": opened.name, "icon_color": 7322096},
        }

    def _content(self, message: Written) -> dict[str, Any]:
        told = dict(message.extra)
        words = "text" if message.file is None else "caption"
        if message.text:
            told[words] = message.text
        if message.entities:
            told["entities" if words == "text" else "caption_entities"] = message.entities
        if message.file is not None:
            told[message.file.told_kind()] = _media(message.file, message.file_id)
        if message.album:
            told["media_group_id"] = message.album
        return told


def chat_json(chat: ChatState) -> dict[str, Any]:
    """Return a chat as the Bot API writes it."""
    if chat.group is not None:
        return dict(chat.group)
    known = {key: chat.person[key] for key in ("first_name", "last_name", "username")}
    return {"id": chat.person["id"], "type": "private"} | {k: v for k, v in known.items() if v}


def _media(file: SandboxFile, file_id: str) -> Any:
    told = {
        "file_id": file_id,
        "file_unique_id": f"u-{file_id}",
        "file_size": len(file.content),
    }
    if file.told_kind() == "photo":
        small = told | {"file_id": f"{file_id}-small", "width": 90, "height": 60, "file_size": 1}
        return [small, told | {"width": 900, "height": 600}]
    if file.told_kind() in ("voice", "audio", "video", "video_note", "animation"):
        told["duration"] = 1
    if file.told_kind() in ("video", "animation", "sticker"):
        told |= {"width": 512, "height": 512}
    if file.told_kind() == "video_note":
        told["length"] = 240
        return told
    if file.told_kind() == "sticker":
        return told | {"type": "regular", "is_animated": False, "is_video": False}
    return told | {"mime_type": file.told_mime(), "file_name": file.name}
