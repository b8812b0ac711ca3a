"""Groups: what the bot takes there, who speaks to it, and whose conversation it is. Pure."""

from msgspec import Struct

from channels.telegram.config import CasePer, Hear, TelegramSettings
from channels.telegram.orders import Order
from channels.telegram.wire import Chat, Message, Us

_OURS = ("start", "help", "new", "cases", "human", "lang", "stop")


class Listener(Struct, frozen=True, kw_only=True):
    """Who listens: the inbox's settings, the bot as it was called when the update came."""

    settings: TelegramSettings
    us: Us = Us()
    addressed: bool = False  # said already that the update is meant for us: part of an album


def hears(chat: Chat, settings: TelegramSettings) -> Hear:
    """Return what is taken of what is written in a chat; all of it in a private one."""
    if chat.type == "private":
        return Hear.EVERYTHING
    if chat.type not in ("group", "supergroup"):
        return Hear.NOTHING
    return settings.chats.get(str(chat.id), settings.groups)


def takes(message: Message, order: Order, listener: Listener) -> bool:
    """Return whether a message is for us; a command to another bot never is."""
    us, hear = listener.us, hears(message.chat, listener.settings)
    if order.to_bot and us.username and order.to_bot.lower() != us.username.lower():
        return False
    if hear is Hear.ADDRESSED:
        return listener.addressed or order.command in _OURS or is_addressed(message, us)
    return hear is Hear.EVERYTHING


def is_addressed(message: Message, us: Us) -> bool:
    """Return whether a message answers the bot or names it."""
    answered = message.reply_to_message
    if answered is not None and answered.forum_topic_created is not None:
        answered = None  # all that is written in a topic answers its opening, which may be ours
    if answered is not None and answered.sender is not None and answered.sender.id == us.id:
        return True
    text = (message.text or message.caption or "").encode("utf-16-le")
    return any(
        _names(entity, text, us) for entity in [*message.entities, *message.caption_entities]
    )


def without_us(text: str, us: Us) -> str:
    """Return a text without our name at its beginning."""
    first, _, rest = text.strip().partition(" ")
    named = us.username and first.rstrip(",:").lower() == f"@{us.username.lower()}"
    return rest.strip() or text if named else text


def thread_of(chat: Chat, topic: int | None, person: int, settings: TelegramSettings) -> str:
    """Return the conversation on the channel: `chat[:topic[:person]]`, as `place_of` reads it."""
    place = str(chat.id) if topic is None else f"{chat.id}:{topic}"
    if chat.type == "private" or settings.case_per is CasePer.TOPIC:
        return place
    return f"{place}:{person}" if topic is not None else f"{place}::{person}"


def _names(entity: dict[str, object], text: bytes, us: Us) -> bool:
    """Return whether an entity, which counts in UTF-16, is our name."""
    user, at, length = entity.get("user"), entity.get("offset"), entity.get("length")
    if entity.get("type") == "text_mention":
        return isinstance(user, dict) and user.get("id") == us.id
    if entity.get("type") != "mention" or not isinstance(at, int) or not isinstance(length, int):
        return False
    named = text[2 * at : 2 * (at + length)].decode("utf-16-le", "replace") if at >= 0 else ""
    return bool(us.username) and named.lower() == f"@{us.username.lower()}"
