"""The calls of the Bot API about topics and cards, with the refusals that mean nothing happened."""

from typing import Any

from telegram import Bot, LinkPreviewOptions, MessageEntity

from channels.telegram.refusals import Refused
from channels.telegram.sending import keyboard

_SAME_TEXT = "message is not modified"
_SAME_TOPIC = "topic_not_modified"
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


async def create_topic(bot: Bot, chat: int, name: str) -> int:
    """Open a topic and return its number."""
    return (await bot.create_forum_topic(chat, name)).message_thread_id


async def rename(bot: Bot, chat: int, topic: int, name: str) -> None:
    """Give a topic another name; the same again changes nothing."""
    await _unless_same(bot.edit_forum_topic, chat, topic, name=name)


async def set_closed(bot: Bot, chat: int, topic: int, *, closed: bool) -> None:
    """Close a topic or open it again; one that is so already stays so."""
    await _unless_same(bot.close_forum_topic if closed else bot.reopen_forum_topic, chat, topic)


async def change(bot: Bot, chat: int, message: int, body: dict[str, Any]) -> bool | None:
    """Show a card anew: True when it changed, False when it was so already, None: it is gone."""
    try:
        await bot.edit_message_text(
            body["text"],
            chat_id=chat,
            message_id=message,
            entities=MessageEntity.de_list(body["entities"], None),
            reply_markup=keyboard(body["keyboard"]),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
    except Refused as refused:
        words = refused.message.lower()
        if _SAME_TEXT in words:
            return False
        if any(gone in words for gone in _GONE):
            return None
        raise
    return True


async def _unless_same(call: Any, *asked: Any, **more: Any) -> None:
    try:
        await call(*asked, **more)
    except Refused as refused:
        if _SAME_TOPIC not in refused.message.lower():
            raise
