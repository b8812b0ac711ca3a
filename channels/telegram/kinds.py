"""What a Telegram message of each kind says in words, and which files come with it. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from channels.telegram.wire import Location, Media, Message
from desk.kit.text import file_name, one_line
from desk.ports.messages import Attachment


class Said(Struct, frozen=True, kw_only=True):
    """The words of a message, their formatting, and its files."""

    text: str = ""
    entities: list[dict[str, Any]] = []
    attachments: tuple[Attachment, ...] = ()
    phone: str | None = None  # his own number, proved by Telegram


_LARGEST = 2**53  # bytes; no file is larger, and no column holds more

# What every message may carry around its content.
_ENVELOPE_FIELDS = """
message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count
sender_business_bot sender_tag date guest_query_id business_connection_id chat forward_origin
is_topic_message is_automatic_forward reply_to_message external_reply quote reply_to_story
reply_to_checklist_task_id reply_to_poll_option_id via_bot edit_date has_protected_content
is_from_offline is_paid_post media_group_id author_signature paid_star_count
link_preview_options suggested_post_info effect_id show_caption_above_media has_media_spoiler
reply_markup entities caption_entities caption guest_bot_caller_user guest_bot_caller_chat
forward_from forward_from_chat forward_from_message_id forward_signature
forward_sender_name forward_date
"""

# What happened in the chat, said by nobody: never a message, never a case.
_SERVICE_FIELDS = """
new_chat_members new_chat_member new_chat_participant left_chat_member left_chat_participant
chat_owner_left chat_owner_changed new_chat_title new_chat_photo delete_chat_photo
group_chat_created supergroup_chat_created channel_chat_created
message_auto_delete_timer_changed migrate_to_chat_id migrate_from_chat_id pinned_message
successful_payment refunded_payment users_shared user_shared chat_shared connected_website
write_access_allowed passport_data proximity_alert_triggered boost_added chat_background_set
checklist_tasks_done checklist_tasks_added direct_message_price_changed
paid_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed
forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created
giveaway_completed video_chat_scheduled video_chat_started video_chat_ended
video_chat_participants_invited voice_chat_scheduled voice_chat_started voice_chat_ended
voice_chat_participants_invited web_app_data suggested_post_approved
suggested_post_approval_failed suggested_post_declined suggested_post_paid
suggested_post_refunded gift unique_gift gift_upgrade_sent managed_bot_created
poll_option_added poll_option_deleted
"""

_ENVELOPE = frozenset(_ENVELOPE_FIELDS.split())
_SERVICE = frozenset(_SERVICE_FIELDS.split())


def said(message: Message, fields: Iterable[str]) -> Said | None:
    """Return what `message` says, or None for a service message (a join, a pin, a topic).

    `fields` are all the field names it came with: a kind we do not know is named by them, so
    that the agent sees that something came; the raw payload stays in the journal.
    """
    present = set(fields)
    for kind, words in _KINDS.items():
        if kind in present and getattr(message, kind) is not None:
            return words(message)
    if present & _SERVICE:
        return None
    unknown = sorted(present - _ENVELOPE - _KINDS.keys())
    kind = one_line(unknown[0])[:64] if unknown else "message"
    return Said(
        text="\n".join(filter(None, [f"unsupported: {kind}", message.caption])),
    )


def _text(message: Message) -> Said:
    return Said(text=message.text or "", entities=message.entities)


def _photo(message: Message) -> Said:
    sizes = message.photo or []
    best = max(sizes, key=lambda size: size.width * size.height, default=None)
    return _with_file(message, best, "photo.jpg", "image/jpeg")


def _sticker(message: Message) -> Said:
    sticker = message.sticker
    if sticker is None:
        return Said()
    name, mime = "sticker.webp", "image/webp"
    if sticker.is_animated:
        name, mime = "sticker.tgs", "application/x-tgsticker"
    elif sticker.is_video:
        name, mime = "sticker.webm", "video/webm"
    return Said(text=sticker.emoji, attachments=(_attachment(sticker, name, mime),))


def _file(kind: str, name: str, mime: str) -> Callable[[Message], Said]:
    return lambda message: _with_file(message, getattr(message, kind), name, mime)


def _with_file(message: Message, media: Media | None, name: str, mime: str) -> Said:
    return Said(
        text=message.caption or "",
        entities=message.caption_entities,
        attachments=(_attachment(media, name, mime),) if media else (),
    )


def _attachment(media: Media, name: str, mime: str) -> Attachment:
    return Attachment(
        name=file_name(media.file_name or media.title) or name,
        mime=one_line(media.mime_type)[:100] or mime,
        size_bytes=min(max(0, media.file_size), _LARGEST),
        ref=media.file_id,
    )


def _venue(message: Message) -> Said:
    venue = message.venue
    if venue is None:
        return Said()
    lines = [venue.title, venue.address, _place(venue.location)]
    return Said(text="\n".join(filter(None, lines)))


def _location(message: Message) -> Said:
    return Said(text=_place(message.location) if message.location else "")


def _place(at: Location) -> str:
    spot = f"{at.latitude:.6f}, {at.longitude:.6f}"
    link = f"https://www.openstreetmap.org/?mlat={at.latitude:.6f}&mlon={at.longitude:.6f}"
    return f"📍 {spot}\n{link}"


def _card(message: Message) -> Said:
    card = message.contact
    if card is None:
        return Said()
    own = message.sender is not None and card.user_id == message.sender.id
    name = f"{card.first_name} {card.last_name}".strip()
    return Said(
        text="\n".join(filter(None, [f"👤 {name}".rstrip(), card.phone_number])),
        phone=one_line(card.phone_number)[:40] if own else None,
    )


def _poll(message: Message) -> Said:
    poll = message.poll
    if poll is None:
        return Said()
    return Said(text="\n".join([f"📊 {poll.question}", *(f"- {o.text}" for o in poll.options)]))


def _dice(message: Message) -> Said:
    dice = message.dice
    return Said(text=f"{dice.emoji} {dice.value}".strip() if dice else "")


# In this order: an animation also comes as a document, a venue also as a location.
_KINDS: dict[str, Callable[[Message], Said]] = {
    "text": _text,
    "animation": _file("animation", "animation.mp4", "video/mp4"),
    "photo": _photo,
    "document": _file("document", "document", "application/octet-stream"),
    "audio": _file("audio", "audio.mp3", "audio/mpeg"),
    "voice": _file("voice", "voice.ogg", "audio/ogg"),
    "video": _file("video", "video.mp4", "video/mp4"),
    "video_note": _file("video_note", "video_note.mp4", "video/mp4"),
    "sticker": _sticker,
    "venue": _venue,
    "location": _location,
    "contact": _card,
    "poll": _poll,
    "dice": _dice,
}
