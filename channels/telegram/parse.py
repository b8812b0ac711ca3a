"""Telegram's words into ours. Pure: the JSON of an update (or of one album) in, Inbound out."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from channels.richtext import html as as_html
from channels.richtext import telegram as entities_of
from channels.telegram.config import Hear, TelegramSettings
from channels.telegram.groups import (
    Listener,
    hears,
    is_addressed,
    takes,
    thread_of,
    without_us,
)
from channels.telegram.kinds import Said, said
from channels.telegram.orders import order_of
from channels.telegram.wire import (
    Album,
    Chat,
    Feeling,
    Membership,
    Message,
    Opened,
    Origin,
    Person,
    Press,
    Reaction,
    Under,
    Update,
    Us,
    without_nulls,
)
from desk.kit.errors import Unreadable
from desk.kit.locales import language_of
from desk.kit.text import clean, one_line
from desk.ports.inbound import (
    CustomerAsked,
    Inbound,
    PlaceLost,
    PlaceMoved,
    ReachabilityChanged,
    ThreadOpened,
)
from desk.ports.messages import (
    ButtonPressed,
    InboundMessage,
    MessageEdited,
    MessageReacted,
    Remark,
    Sender,
)

_NUMBERED = re.compile(r"\W*#([0-9]{1,15})\b")  # as channels.telegram.topics names them
_GONE = ("kicked", "left")
_PICTURE = "★"  # a picture of Telegram's own, which is no emoji


def parse(raw: bytes, settings: TelegramSettings) -> list[Inbound]:
    """Return what an update says; nothing for joins, pins, topic changes, bots and channels.

    Args:
        raw: the update as Telegram wrote it, or our envelope `{"album": [updates]}`.
        settings: of the inbox; they say what of groups is taken.

    Raises:
        Unreadable: it is not an update of the Bot API.
    """
    try:
        told = without_nulls(msgspec.json.decode(raw))
        if isinstance(told, dict) and "album" in told:
            return _album(msgspec.convert(told, Album), settings)
        if isinstance(told, dict) and set(told) == {"topic"}:
            opened = msgspec.convert(told, Opened).topic
            return [ThreadOpened(thread=opened.thread, message_id=opened.message)]
        update = msgspec.convert(told, Update)
        return _update(update, Listener(settings=settings, us=update.us))
    except (ValueError, RecursionError) as trouble:  # of msgspec and of bad UTF-8
        raise Unreadable(f"This is not an update of the Bot API: {_why(trouble)}") from trouble


def _why(trouble: Exception) -> str:
    return "it is nested too deeply" if isinstance(trouble, RecursionError) else str(trouble)[:200]


def _update(update: Update, listener: Listener) -> list[Inbound]:
    if update.message is not None:
        return _written(update.message, listener)
    if update.edited_message is not None:
        return _edited(update.edited_message, listener)
    if update.callback_query is not None:
        return _pressed(update.callback_query, listener)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    if update.message_reaction is not None:
        return _reacted(update.message_reaction, listener)
    return []


def _album(album: Album, settings: TelegramSettings) -> list[Inbound]:
    """Return one message for all the parts: the first one's id, every caption, all files.

    Whoever names us in one caption means us with all of it.
    """
    us = album.album[0].us if album.album else Us()
    parts = [msgspec.convert(part.message, Message) for part in album.album if part.message]
    meant = any(is_addressed(part, us) for part in parts)
    listener = Listener(settings=settings, us=us, addressed=meant)
    written = [found for update in album.album for found in _update(update, listener)]
    said = [part for part in written if isinstance(part, InboundMessage)]
    if not said:
        return []
    captions = [part.text for part in said if part.text]
    formatted = [part.html for part in said if part.html]
    merged = msgspec.structs.replace(
        said[0],
        text="\n\n".join(captions),
        html=formatted[0] if len(captions) == 1 and formatted else None,
        attachments=tuple(file for part in said for file in part.attachments),
    )
    return [merged]


def _moved(message: Message) -> PlaceMoved | None:
    """Return that a group became a supergroup: it is told in both, there before all else."""
    here = str(message.chat.id)
    if message.migrate_to_chat_id is not None:
        return PlaceMoved(before=here, after=str(message.migrate_to_chat_id))
    if message.migrate_from_chat_id is not None and message.chat.type == "supergroup":
        return PlaceMoved(before=str(message.migrate_from_chat_id), after=here)
    return None


def _written(fields: dict[str, Any], listener: Listener) -> list[Inbound]:
    message, words = _read(fields)
    if (moved := _moved(message)) is not None:
        return [moved]
    if words is None or not _is_persons(message) or message.sender is None:
        return []
    order = order_of(message, without_us(clean(words.text), listener.us))
    if not takes(message, order, listener):
        return []
    is_group = message.chat.type != "private"
    external_id = f"{message.chat.id}:{message.message_id}"
    thread = thread_of(message.chat, _topic(message), message.sender.id, listener.settings)
    sender = _sender(message.sender, words.phone)
    if order.wish is not None:
        asked = CustomerAsked(
            external_id=external_id,
            sender=sender,
            thread=thread,
            wish=order.wish,
            value=order.value,
            overheard=is_group,
        )
        return [asked]
    return [
        InboundMessage(
            external_id=external_id,
            sender=sender,
            thread=thread,
            text=order.text,
            html=None if order.command else _html(words),
            full_text=_with_quote(message, order.text),
            sent_at=_instant(message.date),
            in_reply_to=_answered(message),
            attachments=words.attachments,
            link_token=order.token,
            wants_person=order.command == "human",
            wants_new_case=order.command == "new",
            opens_case=order.asks,
            overheard=is_group,
            remarks=(Remark("overheard", _title(message.chat)),) if is_group else (),
            mentions_number=_number_of(message),
            context=_context(message, order.command),
            language=language_of(message.sender.language_code),
        )
    ]


def _edited(fields: dict[str, Any], listener: Listener) -> list[Inbound]:
    message, words = _read(fields)
    if words is None or not _is_persons(message) or message.sender is None:
        return []
    if not _is_heard(message.chat, listener):
        return []
    if message.location is not None:  # a live location moves by edits, every few seconds
        return []
    return [
        MessageEdited(
            external_id=f"{message.chat.id}:{message.message_id}",
            sender=_sender(message.sender),
            thread=thread_of(message.chat, _topic(message), message.sender.id, listener.settings),
            text=without_us(clean(words.text), listener.us),
            html=_html(words),
        )
    ]


def _pressed(press: Press, listener: Listener) -> list[Inbound]:
    under, person = press.message, press.sender
    if press.data is None or person.is_bot:
        return []
    if under is not None and not _is_heard(under.chat, listener):
        return []
    thread = str(person.id)
    if under is not None:
        thread = thread_of(under.chat, _topic(under), person.id, listener.settings)
    return [
        ButtonPressed(
            external_id=press.id,
            source_external_id=f"{under.chat.id}:{under.message_id}" if under else None,
            sender=_sender(person),
            thread=thread,
            value=clean(press.data),
        )
    ]


def _membership(change: Membership) -> list[Inbound]:
    gone = change.new_chat_member.status in _GONE
    if change.chat.type == "private":
        reason = "The bot was blocked." if gone else ""
        return [ReachabilityChanged(address=str(change.chat.id), reachable=not gone, reason=reason)]
    if change.chat.type not in ("group", "supergroup") or not gone:
        return []
    reason = f"The bot is no longer in the group {_title(change.chat)}: no answer arrives there."
    return [PlaceLost(place=str(change.chat.id), reason=reason)]


def _reacted(told: Reaction, listener: Listener) -> list[Inbound]:
    """Return what changed: Telegram tells all that stood before and all that stands now."""
    if told.user is None or told.user.is_bot or not _is_heard(told.chat, listener):
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


def _is_persons(message: Message) -> bool:
    """Return whether a person wrote it; a bot never answers a bot."""
    sender = message.sender
    return sender is not None and not sender.is_bot and not message.is_automatic_forward


def _is_heard(chat: Chat, listener: Listener) -> bool:
    return hears(chat, listener.settings) is not Hear.NOTHING


def _topic(at: Message | Under) -> int | None:
    """Return the topic it is in; answers in a group without topics have a thread, too."""
    return at.message_thread_id if at.is_topic_message else None


def _title(chat: Chat) -> str:
    return one_line(chat.title)[:200]


def _sender(person: Person, phone: str | None = None) -> Sender:
    name = one_line(f"{person.first_name} {person.last_name}")
    return Sender(
        address=str(person.id),
        name=name or None,
        username=one_line(person.username or "") or None,
        phone=phone,
        language=language_of(person.language_code),
    )


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


def _number_of(message: Message) -> int | None:
    """Return the case that a topic of ours is called after, should the desk not know the topic."""
    answered = message.reply_to_message
    opening = answered.forum_topic_created if answered is not None else None
    if answered is None or opening is None or answered.sender is None or not answered.sender.is_bot:
        return None
    found = _NUMBERED.match(str(opening.get("name")))
    return int(found[1]) if found else None


def _with_quote(message: Message, text: str) -> str | None:
    quote = clean(message.quote.text) if message.quote else ""
    if not quote:
        return None
    return "\n".join(f"> {line}" for line in quote.splitlines()) + f"\n\n{text}"


def _context(message: Message, command: str) -> dict[str, str]:
    context = {"command": command} if command else {}
    if message.forward_origin is not None:
        context["forwarded_from"] = _origin(message.forward_origin)
    if message.chat.type != "private":
        context["group"] = _title(message.chat)
    return context


def _origin(origin: Origin) -> str:
    person, chat = origin.sender_user, origin.sender_chat or origin.chat
    if person is not None:
        return one_line(f"{person.first_name} {person.last_name}")[:200]
    return one_line(chat.title if chat else origin.sender_user_name)[:200]
