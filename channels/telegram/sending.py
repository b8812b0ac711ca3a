"""One send through the Bot API: a body of the plan in, Telegram's id out."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    MessageEntity,
    ReplyParameters,
)

from desk.kit.errors import Refusal, Undeliverable
from desk.ports.messages import OutboundMessage

_MEDIA: Mapping[str, type[InputMediaDocument | InputMediaPhoto]] = MappingProxyType(
    {"photo": InputMediaPhoto, "document": InputMediaDocument}
)


class Target(Struct, frozen=True, kw_only=True):
    """Where a message goes: the chat, the topic in it, the message it answers."""

    chat: int
    topic: int | None = None
    answers: int | None = None


def target_of(message: OutboundMessage) -> Target:
    """Return where `message` goes, and what it answers there. Raises as `place_of` does."""
    target = place_of(message.thread or message.recipient)
    chat, _, answered = (message.in_reply_to or "").partition(":")
    if chat != str(target.chat) or not answered.isdecimal():
        return target
    return replace(target, answers=int(answered))


def place_of(thread: str) -> Target:
    """Return the chat and topic that a conversation is in: `chat[:topic[:asker]]`.

    Raises:
        Undeliverable: its address is none of Telegram's.
    """
    chat, topic, *_ = [*thread.split(":"), ""]
    try:
        return Target(chat=int(chat), topic=int(topic) if topic else None)
    except ValueError as wrong:
        raise Undeliverable(f"{thread} is no Telegram chat.", Refusal.GONE) from wrong


async def deliver(
    bot: Bot, target: Target, body: dict[str, Any], contents: Sequence[bytes] = (b"",)
) -> str:
    """Send `body` and return `chat:message`, of an album each with spaces between.

    Raises what the library and the network raise.
    """
    if body["send"] == "album":
        return await _deliver_album(bot, target, body["files"], contents)
    content = contents[0]
    common: dict[str, Any] = {
        "chat_id": target.chat,
        "message_thread_id": target.topic,
        "reply_markup": keyboard(body.get("keyboard")),
        "reply_parameters": _reply(target),
    }
    match body["send"]:
        case "text":
            sent = await bot.send_message(
                text=body["text"],
                entities=MessageEntity.de_list(body["entities"], None),
                **common,
            )
        case "photo":
            sent = await bot.send_photo(photo=_file(body, content), **common)
        case _:
            file = _file(body, content)
            sent = await bot.send_document(
                document=file, disable_content_type_detection=True, **common
            )
    return f"{sent.chat_id}:{sent.message_id}"


async def _deliver_album(
    bot: Bot, target: Target, files: Sequence[dict[str, Any]], contents: Sequence[bytes]
) -> str:
    media = [
        _MEDIA[file["send"]](content, filename=file["name"])
        for file, content in zip(files, contents, strict=True)
    ]
    sent = await bot.send_media_group(
        target.chat,
        media,
        message_thread_id=target.topic,
        reply_parameters=_reply(target),
    )
    return " ".join(f"{one.chat_id}:{one.message_id}" for one in sent)


def keyboard(rows: list[list[dict[str, str]]] | None) -> InlineKeyboardMarkup | None:
    """Return buttons as Telegram shows them under a message, None for none."""
    return InlineKeyboardMarkup.de_json({"inline_keyboard": rows}, None) if rows else None


def _reply(target: Target) -> ReplyParameters | None:
    if target.answers is None:
        return None
    return ReplyParameters(message_id=target.answers, allow_sending_without_reply=True)


def _file(body: dict[str, Any], content: bytes) -> InputFile:
    return InputFile(content, filename=body["name"])
