"""What is well and what is not with one bot, in words an admin can act on."""

from typing import TYPE_CHECKING

from channels.telegram import hub_doctor
from channels.telegram.config import Hear, Mode, TelegramSettings
from desk.kit.errors import ChannelBroken, DeskError
from desk.ports.channel import Finding

if TYPE_CHECKING:
    from telegram import User, WebhookInfo

    from channels.telegram.client import Client

_ASK_BOTFATHER = "Ask @BotFather for the bot's token and put it where the setting `token` points."


def no_token(reason: str) -> Finding:
    """Return the finding for a token that cannot be read."""
    return Finding(what="Telegram token", ok=False, detail=reason, mend=_ASK_BOTFATHER)


async def examine(client: "Client", settings: TelegramSettings, url: str) -> list[Finding]:
    """Ask Telegram about the token and the way updates come. `url` is our webhook's, or "".

    Never raises.
    """
    try:
        async with client.translated():
            me = await client.bot.get_me()
            info = await client.bot.get_webhook_info()
    except ChannelBroken as refused:
        return [no_token(refused.reason)]
    except DeskError as away:
        mend = f"See whether {settings.api_base} can be reached from here, then try again."
        return [Finding(what="Telegram", ok=False, detail=away.reason, mend=mend)]
    hubs = await hub_doctor.examine(client, settings, me.id)
    token = Finding(what="Telegram token", ok=True, detail=f"This is @{me.username}.")
    heard = {settings.groups, *settings.chats.values()} - {Hear.NOTHING}
    groups = [_groups(me, heard)] if heard else []
    if settings.mode is Mode.WEBHOOK:
        return [token, _webhook(info, url, settings), *groups, *hubs]
    return [token, _polling(info), *groups, *hubs]


def _groups(me: "User", heard: set[Hear]) -> Finding:
    what = "Telegram groups"
    if not me.can_join_groups:
        mend = "Allow it with /setjoingroups at @BotFather."
        return Finding(what=what, ok=False, detail="The bot may not join groups.", mend=mend)
    if me.can_read_all_group_messages:
        return Finding(what=what, ok=True, detail="The bot sees all that is written in them.")
    detail = "Privacy mode is on: the bot sees commands and answers to it, not all messages."
    if Hear.EVERYTHING not in heard:
        return Finding(what=what, ok=True, detail=detail)
    mend = (
        "Switch it off with /setprivacy at @BotFather, then add the bot to the group again; "
        "or make it an admin there."
    )
    return Finding(what=what, ok=False, detail=detail, mend=mend)


def _polling(info: "WebhookInfo") -> Finding:
    what = "Telegram updates"
    if info.url:
        return Finding(
            what=what,
            ok=False,
            detail="A webhook is set for this bot, so polling gets nothing.",
            mend="Starting the desk removes it; if it comes back, something else uses the token.",
        )
    return Finding(what=what, ok=True, detail=f"{info.pending_update_count} waiting to be fetched.")


def _webhook(info: "WebhookInfo", url: str, settings: TelegramSettings) -> Finding:
    what = "Telegram webhook"
    if not url.startswith("https://") and "api.telegram.org" in settings.api_base:
        mend = "Set http.public_url to the desk's https address, or the mode to polling."
        return Finding(what=what, ok=False, detail="Telegram calls https only.", mend=mend)
    if info.url != url:
        detail = "Telegram does not know the desk's address."
        return Finding(what=what, ok=False, detail=detail, mend="Starting the desk sets it.")
    detail = f"{info.pending_update_count} waiting to be delivered."
    if info.pending_update_count and info.last_error_message:
        detail += f" The last call failed: {info.last_error_message}."
        mend = "See that the public address leads to this desk and that no proxy strips headers."
        return Finding(what=what, ok=False, detail=detail, mend=mend)
    return Finding(what=what, ok=True, detail=detail)
