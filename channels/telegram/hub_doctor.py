"""What is well and what is not with the groups where agents work, in words an admin can act on."""

from typing import TYPE_CHECKING, Any

from channels.telegram.config import TelegramSettings
from desk.kit.errors import DeskError
from desk.ports.channel import Finding

if TYPE_CHECKING:
    from channels.telegram.client import Client

_RIGHTS = {
    "can_manage_topics": "In the group's list of administrators let the bot manage topics.",
    "can_pin_messages": "In the group's list of administrators let the bot pin messages.",
}


async def examine(client: "Client", settings: TelegramSettings, bot_id: int) -> list[Finding]:
    """Look at each hub: is it a group with topics, and may the bot do there what it must."""
    return [one for place in settings.hubs for one in await _hub(client, place, bot_id)]


async def _hub(client: "Client", place: str, bot_id: int) -> list[Finding]:
    what = f"Telegram hub {place}"
    try:
        chat = await _ask(client, "get__chat", chat_id=place)
        me = await _ask(client, "get__chat_member", chat_id=place, user_id=bot_id)
    except DeskError as refused:
        mend = "Add the bot to the group, and take the group's number from operating.md's way."
        return [Finding(what=what, ok=False, detail=refused.reason, mend=mend)]
    found = list(_wrong(what, chat, me))
    title = str(chat.get("title", ""))
    return found or [Finding(what=what, ok=True, detail=f"This is “{title}”; the bot may work.")]


def _wrong(what: str, chat: dict[str, Any], me: dict[str, Any]) -> list[Finding]:
    found = []
    if chat.get("is_forum") is not True:
        mend = "In the group's settings turn Topics on."
        found.append(Finding(what=what, ok=False, detail="The group has no topics.", mend=mend))
    if me.get("status") != "administrator":
        mend = "Make the bot an administrator who may manage topics and pin messages."
        found.append(Finding(what=what, ok=False, detail="The bot is no admin there.", mend=mend))
        return found
    for right, mend in _RIGHTS.items():
        if me.get(right) is not True:
            words = f"The bot lacks a right: {right.removeprefix('can_').replace('_', ' ')}."
            found.append(Finding(what=what, ok=False, detail=words, mend=mend))
    return found


async def _ask(client: "Client", method: str, **asked: Any) -> dict[str, Any]:
    """Ask for something as it is: read by the library, one field that is new would hide it all."""
    async with client.translated():
        answer = await client.bot.do_api_request(method, api_kwargs=asked)
    return answer if isinstance(answer, dict) else {}
