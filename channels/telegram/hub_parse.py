"""What agents do in a group where cases have topics, in our words. Pure."""

import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from channels.richtext import markdown, telegram
from channels.telegram.kinds import Said, said
from channels.telegram.wire import Album, Message, Person, Press, Update, without_nulls
from desk.kit.errors import Unreadable
from desk.kit.text import clean, one_line
from desk.ports.inbound import HubPressed, HubSaid, Inbound
from desk.ports.messages import Sender

BUTTON = "hub:"  # begins what a card's buttons say
OTHER = "//"  # before words that are the other of the two: a note, where plain ones are answers
ANONYMOUS = 1087968824  # an admin who hides behind the group: told apart from nobody, heard by none

_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@\w+)?(?=\s|$)")
_SERVICE = {"forum_topic_closed": "resolved", "forum_topic_reopened": "open"}


def parse(raw: bytes, hubs: Collection[str], *, replies: bool) -> list[Inbound] | None:
    """Return what was done in a hub; None for an update that is about none.

    Args:
        raw: as for channels.telegram.parse.parse.
        hubs: the groups where agents work, by their numbers.
        replies: whether plain words go to the customer.

    Raises:
        Unreadable: it is about a hub, and no update of the Bot API.
    """
    if not hubs:
        return None
    try:
        told = without_nulls(msgspec.json.decode(raw))
    except (ValueError, RecursionError):
        return None  # whoever reads all the others says why
    if place_of(told) not in hubs:
        return None
    try:
        if "album" in told:
            return _album(msgspec.convert(told, Album), replies)
        return _update(msgspec.convert(told, Update), replies)
    except (ValueError, RecursionError) as trouble:
        words = f"This is not an update of the Bot API: {str(trouble)[:200]}"
        raise Unreadable(words) from trouble


def place_of(told: Any) -> str:
    """Return the number of the chat that an update, or an album of them, is about."""
    update = told if isinstance(told, dict) else {}
    album = update.get("album")
    if isinstance(album, list) and album and isinstance(album[0], dict):
        update = album[0]
    for body in update.values():
        under = body.get("message") if isinstance(body, dict) else None
        at = under if isinstance(under, dict) else body
        chat = at.get("chat") if isinstance(at, dict) else None
        if isinstance(chat, dict) and type(chat.get("id")) is int:
            return str(chat["id"])
    return ""


def _update(update: Update, replies: bool) -> list[Inbound]:
    if update.message is not None:
        return _written(update.message, replies, edits=False)
    if update.edited_message is not None:
        return _written(update.edited_message, replies, edits=True)
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    return []


def _album(album: Album, replies: bool) -> list[Inbound]:
    """Return one thing said for all the parts: the first one's id, every caption, all files."""
    found = [one for update in album.album for one in _update(update, replies)]
    parts = [one for one in found if isinstance(one, HubSaid)]
    if not parts:
        return []
    merged = replace(
        parts[0],
        text="\n\n".join(part.text for part in parts if part.text),
        to_customer=(all if replies else any)([part.to_customer for part in parts]),
        attachments=tuple(file for part in parts for file in part.attachments),
    )
    return [merged]


def _written(fields: Mapping[str, Any], replies: bool, *, edits: bool) -> list[Inbound]:
    message = msgspec.convert(fields, Message)
    person, topic = message.sender, message.message_thread_id
    if person is None or topic is None or not message.is_topic_message:
        return []  # what is said outside of the topics is nobody's
    if person.is_bot and person.id != ANONYMOUS:
        return []  # our own lines and our own closing, too
    for field, status in _SERVICE.items():
        if field in fields:
            return [_chosen(message, person, "status", status)]
    words = said(message, fields)
    if words is None or (edits and message.location is not None):
        return []
    if not edits and (command := _COMMAND.match(message.text or "")):
        return [_chosen(message, person, "command", command[0])]
    return _said(message, words, person, replies, edits=edits)


def _said(
    message: Message, words: Said, person: Person, replies: bool, *, edits: bool
) -> list[Inbound]:
    text, is_other = _marked(words)
    if not text and (edits or not words.attachments):
        return []
    doubtful = message.forward_origin is not None or words.text.startswith("unsupported: ")
    one = HubSaid(
        external_id=f"{message.chat.id}:{message.message_id}",
        sender=_sender(person),
        place=str(message.chat.id),
        thread=f"{message.chat.id}:{message.message_thread_id}",
        text=text,
        to_customer=replies is not is_other and not doubtful,
        attachments=() if edits else words.attachments,
        edits=edits,
    )
    return [one]


def _marked(words: Said) -> tuple[str, bool]:
    """Return words as Markdown without the mark before them, and whether it was there."""
    bare = words.text.lstrip()
    is_other = bare.startswith(OTHER)
    if is_other:
        bare = bare.removeprefix(OTHER).lstrip()
    cut = len(words.text) - len(bare)
    entities = [_moved(entity, cut) for entity in words.entities]
    return markdown.render(telegram.parse(bare, entities)), is_other


def _moved(entity: Mapping[str, Any], cut: int) -> dict[str, Any]:
    """Return an entity as it stands once `cut` characters, each of one unit, are gone before it."""
    offset, length = entity.get("offset"), entity.get("length")
    if type(offset) is not int or type(length) is not int:
        return dict(entity)
    begins, ends = max(0, offset - cut), max(0, offset + length - cut)
    return {**entity, "offset": begins, "length": ends - begins}


def _pressed(press: Press) -> list[Inbound]:
    under, data = press.message, press.data or ""
    if under is None or not under.is_topic_message or not data.startswith(BUTTON):
        return []
    action, _, value = clean(data).removeprefix(BUTTON).partition(":")
    one = HubPressed(
        external_id=press.id,
        sender=_sender(press.sender),
        place=str(under.chat.id),
        thread=f"{under.chat.id}:{under.message_thread_id}",
        action=action,
        value=value,
    )
    return [one]


def _chosen(message: Message, person: Person, action: str, value: str) -> HubPressed:
    return HubPressed(
        external_id=f"{message.chat.id}:{message.message_id}",
        sender=_sender(person),
        place=str(message.chat.id),
        thread=f"{message.chat.id}:{message.message_thread_id}",
        action=action,
        value=value,
    )


def _sender(person: Person) -> Sender:
    name = one_line(f"{person.first_name} {person.last_name}")
    return Sender(
        address=str(person.id),
        name=name or None,
        username=one_line(person.username or "") or None,
    )
