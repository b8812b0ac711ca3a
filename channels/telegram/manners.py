"""What the bot says and does at once, before the desk has thought: courtesies, never needed."""

from channels.telegram.client import Client
from channels.telegram.commands import FIRST, MENU, Asked
from channels.telegram.ingress import Press
from desk.kit import log
from desk.kit.errors import DeskError

_log = log.get(channel="telegram")


async def answer(client: Client, press: Press) -> None:
    """Stop the button's spinner and take the keyboard away; failing is harmless."""
    try:
        async with client.translated():
            await client.bot.answer_callback_query(press.id)
        if press.chat is not None and press.chat > 0:  # in a group it may be another's
            async with client.translated():
                await client.bot.edit_message_reply_markup(press.chat, press.message)
    except DeskError as trouble:
        _log.info("telegram.press_not_answered", reason=trouble.reason)


async def explain(client: Client, one: Asked) -> None:
    """Answer a bare /start or /help at once; failing is harmless."""
    try:
        async with client.translated():
            await client.bot.send_message(one.chat, one.words)
    except DeskError as trouble:
        _log.info("telegram.not_explained", reason=trouble.reason)


async def name_of(client: Client) -> str:
    """Return the bot's name without @, "" when Telegram does not tell it now."""
    try:
        return (await client.me()).username or ""
    except DeskError as trouble:
        _log.info("telegram.not_introduced", reason=trouble.reason)
        return ""


async def introduce(client: Client) -> None:
    """Set the bot's commands in each language; failing is harmless."""
    try:
        async with client.translated():
            for language, menu in MENU.items():
                code = None if language == FIRST else language
                await client.bot.set_my_commands(menu, language_code=code)
    except DeskError as trouble:
        _log.info("telegram.not_introduced", reason=trouble.reason)
