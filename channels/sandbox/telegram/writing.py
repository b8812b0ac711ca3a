"""Methods of the Bot API that write messages, with the limits the real one has."""

from typing import Any

from channels.sandbox.telegram import params as of
from channels.sandbox.telegram.methods import Method
from channels.sandbox.telegram.params import Params
from channels.sandbox.telegram.refused import ApiError, bad_request
from channels.sandbox.telegram.world import ChatState, SandboxFile, World, Written

_TEXT_UNITS = 4096
_CAPTION_UNITS = 1024
_DATA_BYTES = 64
_FEELINGS = set(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡"
)
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)


class Writing:
    """The methods that write, by their names in small letters."""

    def __init__(self, world: World, *, upload_bytes: int, photo_bytes: int) -> None:
        self._world = world
        self._most_bytes = {"photo": photo_bytes, "document": upload_bytes}
        self.by_name: dict[str, Method] = {
            "sendmessage": self._send_message,
            "sendphoto": self._send_photo,
            "senddocument": self._send_document,
            "sendmediagroup": self._send_media_group,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_markup,
            "deletemessage": self._delete,
            "setmessagereaction": self._react,
        }

    async def _send_message(self, params: Params) -> Any:
        chat = self._chat(params)
        text, entities = _words(params, "text", "entities", _TEXT_UNITS)
        if not text.strip():
            raise bad_request("message text is empty")
        return self._world.as_json(self._write(chat, params, text=text, entities=entities))

    async def _send_photo(self, params: Params) -> Any:
        return self._send_file(params, "photo")

    async def _send_document(self, params: Params) -> Any:
        return self._send_file(params, "document")

    async def _send_media_group(self, params: Params) -> Any:
        chat = self._chat(params)
        media = of.structure(params, "media") or []
        if not 2 <= len(media) <= 10:
            raise bad_request("there must be 2-10 items in the media group")
        album = f"album-{self._world.next_message()}"
        written = []
        for item in media:
            file = self._file(params | {"media": item.get("media")}, "media", str(item["type"]))
            written.append(
                self._write(chat, params, text=item.get("caption", ""), file=file, album=album)
            )
        return [self._world.as_json(message) for message in written]

    async def _edit_text(self, params: Params) -> Any:
        message = self._own(params)
        text, entities = _words(params, "text", "entities", _TEXT_UNITS)
        buttons = _buttons(params)
        if (text, entities, buttons) == (message.text, message.entities, message.buttons):
            raise bad_request(_NOT_MODIFIED)
        message.text, message.entities, message.buttons = text, entities, buttons
        return self._edited(message)

    async def _edit_markup(self, params: Params) -> Any:
        message = self._own(params)
        buttons = _buttons(params)
        if buttons == message.buttons:
            raise bad_request(_NOT_MODIFIED)
        message.buttons = buttons
        return self._edited(message)

    async def _delete(self, params: Params) -> Any:
        chat = self._chat(params)
        if chat.messages.pop(of.whole(params, "message_id") or 0, None) is None:
            raise bad_request("message to delete not found")
        chat.touch()
        return True

    async def _react(self, params: Params) -> Any:
        chat = self._chat(params)
        message = chat.messages.get(of.whole(params, "message_id") or 0)
        if message is None:
            raise bad_request("message to react not found")
        emoji = [str(one.get("emoji", "")) for one in of.structure(params, "reaction") or []]
        if len(emoji) > 1:
            raise bad_request("REACTIONS_TOO_MANY")
        if not set(emoji) <= _FEELINGS:
            raise bad_request("REACTION_INVALID")
        message.reactions[self._world.bot_id] = emoji
        chat.touch()
        return True

    def _send_file(self, params: Params, kind: str) -> Any:
        chat = self._chat(params)
        text, entities = _words(params, "caption", "caption_entities", _CAPTION_UNITS)
        file = self._file(params, kind, kind)
        message = self._write(chat, params, text=text, entities=entities, file=file)
        return self._world.as_json(message)

    def _file(self, params: Params, name: str, kind: str) -> SandboxFile:
        given = of.file(params, name)
        if isinstance(given, str):
            given = self._world.files.get(given)
        if given is None:
            raise bad_request(f"there is no {kind} in the request")
        if not given.content:
            raise bad_request("file must be non-empty")
        if len(given.content) > self._most_bytes.get(kind, self._most_bytes["document"]):
            raise ApiError(413, "Request Entity Too Large")
        return SandboxFile(given.name, given.content, given.mime, kind)

    def _chat(self, params: Params) -> ChatState:
        if params.get("chat_id") in (None, ""):
            raise bad_request("chat_id is empty")
        if params.get("parse_mode"):
            raise bad_request("the sandbox takes text and entities, not a parse_mode")
        return self._world.writable(of.whole(params, "chat_id") or 0)

    def _write(self, chat: ChatState, params: Params, **content: Any) -> Written:
        file: SandboxFile | None = content.get("file")
        message = Written(
            id=self._world.next_message(),
            chat=chat.id,
            mine=False,
            at=self._world.clock.now(),
            buttons=_buttons(params),
            reply_to=_answered(chat, params),
            topic=_topic(chat, params),
            file_id=self._world.keep(file) if file else "",
            **content,
        )
        chat.messages[message.id] = message
        chat.typing_until = None
        chat.touch()
        return message

    def _own(self, params: Params) -> Written:
        message = self._chat(params).messages.get(of.whole(params, "message_id") or 0)
        if message is None:
            raise bad_request("message to edit not found")
        if message.mine:
            raise bad_request("message can't be edited")
        return message

    def _edited(self, message: Written) -> dict[str, Any]:
        message.edited = True
        self._world.chats[message.chat].touch()
        return self._world.as_json(message)


def _words(params: Params, name: str, marks: str, limit: int) -> tuple[str, list[dict[str, Any]]]:
    text = str(params.get(name, ""))
    units = len(text.encode("utf-16-le")) // 2
    if units > limit:
        raise bad_request(
            "message is too long" if name == "text" else "message caption is too long"
        )
    entities = of.structure(params, marks) or []
    for entity in entities:
        if _splits_a_pair(text, entity["offset"]):
            words = f"entity beginning at UTF-16 offset {entity['offset']} starts in the middle"
            raise bad_request(f"{words} of a UTF-16 symbol")
    return text, [dict(e) for e in entities if e["offset"] + e["length"] <= units][:100]


def _splits_a_pair(text: str, offset: int) -> bool:
    after = text.encode("utf-16-le")[2 * offset : 2 * offset + 2]
    return len(after) == 2 and 0xDC <= after[1] <= 0xDF


def _buttons(params: Params) -> list[list[dict[str, Any]]]:
    markup = of.structure(params, "reply_markup") or {}
    rows: list[list[dict[str, Any]]] = markup.get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if not button.get("text"):
            raise bad_request("BUTTON_TEXT_INVALID")
        if (
            "url" not in button
            and not 1 <= len(button.get("callback_data", "").encode()) <= _DATA_BYTES
        ):
            raise bad_request("BUTTON_DATA_INVALID")
    return rows


def _topic(chat: ChatState, params: Params) -> int | None:
    number = of.whole(params, "message_thread_id")
    if number is None:
        return None
    topic = chat.topics.get(number)
    if topic is None:
        raise bad_request("message thread not found")
    if topic.closed:
        raise bad_request("TOPIC_CLOSED")
    return number


def _answered(chat: ChatState, params: Params) -> int | None:
    reply = of.structure(params, "reply_parameters")
    if not reply:
        return None
    wanted = int(reply["message_id"])
    if wanted in chat.messages:
        return wanted
    if not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return None
