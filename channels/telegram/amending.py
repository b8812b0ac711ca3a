"""What can still be done to a message on Telegram: changed, deleted, given an emoji."""

from collections.abc import Sequence
from typing import Any

from telegram import Bot, MessageEntity, ReactionTypeEmoji

from channels.telegram.refusals import Refused
from channels.telegram.sending import keyboard

_NEAREST = {"✅": "👍"}  # Telegram has few emoji to put on messages
_SAME = "message is not modified"
_GONE = "message to delete not found"


async def edit(bot: Bot, external_id: str, body: dict[str, Any]) -> None:
    """Show a text in place of what was sent; the same text again changes nothing."""
    chat, message = _ids(external_id)
    entities = MessageEntity.de_list(body.get("entities", []), None)
    try:
        await bot.edit_message_text(
            body["text"],
            chat_id=chat,
            message_id=message,
            entities=entities,
            reply_markup=keyboard(body.get("keyboard")),
        )
    except Refused as refused:
        if _SAME not in refused.message.lower():
            raise


async def take_back(bot: Bot, external_id: str) -> None:
    """Delete a message; one that is gone already is gone."""
    chat, message = _ids(external_id)
    try:
        await bot.delete_message(chat, message)
    except Refused as refused:
        if _GONE not in refused.message.lower():
            raise


async def react(bot: Bot, external_id: str, emoji: Sequence[str]) -> None:
    """Let the last of `emoji` stand on a message, none where there is none: a bot has one."""
    chat, message = _ids(external_id)
    marks = [ReactionTypeEmoji(_NEAREST.get(one, one)) for one in emoji[-1:]]
    await bot.set_message_reaction(chat, message, marks)


def _ids(external_id: str) -> tuple[int, int]:
    chat, _, message = external_id.partition(":")
    return int(chat), int(message)
