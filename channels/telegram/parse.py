"""Telegram's words into ours. Pure: the JSON of an update (or of one album) in, Inbound out."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from channels.richtext import html as as_html
from channels.richtext import telegram as entities_of
from channels.telegram.kinds import Said, said
from channels.telegram.wire import (
    Album,
    Chat,
    Feeling,
    Membership,
    Message,
    Origin,
    Person,
    Press,
    Reaction,
    Update,
    without_nulls,
)
from desk.kit.errors import Unreadable
from desk.kit.locales import language_of
from desk.kit.text import clean, one_line
from desk.ports.messages import (
    ButtonPressed,
    Inbound,
    InboundMessage,
    MessageEdited,
    MessageReacted,
    ReachabilityChanged,
    Sender,
)

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SILENT = ("start", "help", "cases", "lang", "settings", "stop")  # alone they ask for nothing
_GONE = ("kicked", "left")
_PICTURE = "★"  # a picture of Telegram's own, which is no emoji


def parse(raw: bytes, *, groups: bool = False) -> list[Inbound]:
    """Return what an update says; nothing for joins, pins, topic changes, bots and channels.

    Args:
        raw: the update as Telegram wrote it, or our envelope `{"album": [updates]}`.
        groups: whether what is written in groups is taken too.

    Raises:
        Unreadable: it is not an update of the Bot API.
    """
    try:
        told = without_nulls(msgspec.json.decode(raw))
        if isinstance(told, dict) and "album" in told:
            return _album(msgspec.convert(told, Album), groups)
        return _update(msgspec.convert(told, Update), groups)
    except (ValueError, RecursionError) as trouble:  # of msgspec and of bad UTF-8
        raise Unreadable(f"This is not an update of the Bot API: {_why(trouble)}") from trouble


def _why(trouble: Exception) -> str:
    return "it is nested too deeply" if isinstance(trouble, RecursionError) else str(trouble)[:200]


def _update(update: Update, groups: bool) -> list[Inbound]:
    if update.message is not None:
        return _written(update.message, groups)
    if update.edited_message is not None:
        return _edited(update.edited_message, groups)
    if update.callback_query is not None:
        return _pressed(update.callback_query, groups)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    if update.message_reaction is not None:
        return _reacted(update.message_reaction, groups)
    return []


def _album(album: Album, groups: bool) -> list[Inbound]:
    """Return one message for all the parts: the first one's id, every caption, all files."""
    written = [found for update in album.album for found in _update(update, groups)]
    parts = [part for part in written if isinstance(part, InboundMessage)]
    if not parts:
        return []
    captions = [part.text for part in parts if part.text]
    formatted = [part.html for part in parts if part.html]
    merged = msgspec.structs.replace(
        parts[0],
        text="\n\n".join(captions),
        html=formatted[0] if len(captions) == 1 and formatted else None,
        attachments=tuple(file for part in parts for file in part.attachments),
    )
    return [merged]


def _written(fields: dict[str, Any], groups: bool) -> list[Inbound]:
    message, words = _read(fields)
    if words is None or not _is_ours(message, groups) or message.sender is None:
        return []
    text, command = _without_command(message, clean(words.text))
    token = _link_token(message) if command == "start" else None
    return [
        InboundMessage(
            external_id=f"{message.chat.id}:{message.message_id}",
            sender=_sender(message.sender, words.phone),
            thread=_thread(message.chat, message.message_thread_id, message.is_topic_message),
            text="" if token else text,
            html=None if command else _html(words),
            full_text=_with_quote(message, text),
            sent_at=_instant(message.date),
            in_reply_to=_answered(message),
            attachments=words.attachments,
            link_token=token,
            wants_person=command == "human",
            wants_new_case=command == "new",
            opens_case=command not in _SILENT or _says_more(command, text),
            context=_context(message, command),
            language=language_of(message.sender.language_code),
        )
    ]


def _edited(fields: dict[str, Any], groups: bool) -> list[Inbound]:
    message, words = _read(fields)
    if words is None or not _is_ours(message, groups) or message.sender is None:
        return []
    if message.location is not None:  # a live location moves by edits, every few seconds
        return []
    return [
        MessageEdited(
            external_id=f"{message.chat.id}:{message.message_id}",
            sender=_sender(message.sender),
            thread=_thread(message.chat, message.message_thread_id, message.is_topic_message),
            text=clean(words.text),
            html=_html(words),
        )
    ]


def _pressed(press: Press, groups: bool) -> list[Inbound]:
    under = press.message
    if press.data is None or press.sender.is_bot:
        return []
    if under is not None and not _is_open(under.chat, groups):
        return []
    thread = str(press.sender.id)
    if under is not None:
        thread = _thread(under.chat, under.message_thread_id, under.is_topic_message)
    return [
        ButtonPressed(
            external_id=press.id,
            source_external_id=f"{under.chat.id}:{under.message_id}" if under else None,
            sender=_sender(press.sender),
            thread=thread,
            value=clean(press.data),
        )
    ]


def _membership(change: Membership) -> list[Inbound]:
    if change.chat.type != "private":
        return []
    gone = change.new_chat_member.status in _GONE
    reason = "The bot was blocked." if gone else ""
    return [ReachabilityChanged(address=str(change.chat.id), reachable=not gone, reason=reason)]


def _reacted(told: Reaction, groups: bool) -> list[Inbound]:
    """Return what changed: Telegram tells all that stood before and all that stands now."""
    if told.user is None or told.user.is_bot or not _is_open(told.chat, groups):
        return []
    before, now = map(_emoji, (told.old_reaction, told.new_reaction))
    return [
        MessageReacted(
            external_id=f"{told.chat.id}:{told.message_id}",
            sender=_sender(told.user),
            thread=str(told.chat.id),
            added=tuple(one for one in now if one not in before),
            removed=tuple(one for one in before if one not in now),
        )
    ]


def _emoji(feelings: list[Feeling]) -> list[str]:
    shown = (one.emoji if one.type == "emoji" else _PICTURE for one in feelings)
    return [one for one in shown if one]


def _read(fields: dict[str, Any]) -> tuple[Message, Said | None]:
    message = msgspec.convert(fields, Message)
    return message, said(message, fields)


def _is_ours(message: Message, groups: bool) -> bool:
    """Return whether a person wrote it where we listen; a bot never answers a bot."""
    sender = message.sender
    if sender is None or sender.is_bot or message.is_automatic_forward:
        return False
    return _is_open(message.chat, groups)


def _is_open(chat: Chat, groups: bool) -> bool:
    return chat.type == "private" or (groups and chat.type in ("group", "supergroup"))


def _sender(person: Person, phone: str | None = None) -> Sender:
    name = one_line(f"{person.first_name} {person.last_name}")
    return Sender(
        address=str(person.id),
        name=name or None,
        username=one_line(person.username or "") or None,
        phone=phone,
        language=language_of(person.language_code),
    )


def _thread(chat: Chat, topic: int | None, is_topic: bool) -> str:
    return f"{chat.id}:{topic}" if topic is not None and is_topic else str(chat.id)


def _html(words: Said) -> str | None:
    if not words.entities:
        return None
    return clean(as_html.render(entities_of.parse(words.text, words.entities)))


def _instant(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None


def _answered(message: Message) -> tuple[str, ...]:
    answered = message.reply_to_message
    # In a topic everything "answers" the service message that opened it.
    if answered is None or answered.forum_topic_created is not None:
        return ()
    return (f"{message.chat.id}:{answered.message_id}",)


def _with_quote(message: Message, text: str) -> str | None:
    quote = clean(message.quote.text) if message.quote else ""
    if not quote:
        return None
    return "\n".join(f"> {line}" for line in quote.splitlines()) + f"\n\n{text}"


def _without_command(message: Message, text: str) -> tuple[str, str]:
    """Return what was said beside a command, and the command. A token never stays in text."""
    found = _COMMAND.fullmatch(text.strip())
    if message.text is None or found is None:
        return text, ""
    command, rest = found[1].lower(), found[2] or ""
    if command == "start":
        return "/start", command
    if command in ("new", "human"):
        return rest or f"/{command}", command
    return text, command


def _says_more(command: str, text: str) -> bool:
    """Return whether there is a request after `/help` or `/stop`; after /start it is a payload."""
    return command != "start" and len(text.split()) > 1


def _link_token(message: Message) -> str | None:
    words: Sequence[str] = (message.text or "").split()
    payload = words[1] if len(words) == 2 else ""
    return payload if _PAYLOAD.fullmatch(payload) else None


def _context(message: Message, command: str) -> dict[str, str]:
    context = {"command": command} if command else {}
    if message.forward_origin is not None:
        context["forwarded_from"] = _origin(message.forward_origin)
    if message.chat.type != "private":
        context["group"] = one_line(message.chat.title)[:200]
    return context


def _origin(origin: Origin) -> str:
    person, chat = origin.sender_user, origin.sender_chat or origin.chat
    if person is not None:
        return one_line(f"{person.first_name} {person.last_name}")[:200]
    return one_line(chat.title if chat else origin.sender_user_name)[:200]
