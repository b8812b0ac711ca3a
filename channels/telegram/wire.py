"""The parts of the Bot API's JSON that we read, as it names them. Unknown fields are skipped."""

from typing import Any

from msgspec import Struct, field


def without_nulls(told: Any) -> Any:
    """Return `told` without the fields that are null: Telegram leaves them out, others do not."""
    if isinstance(told, dict):
        return {name: without_nulls(held) for name, held in told.items() if held is not None}
    return [without_nulls(held) for held in told] if isinstance(told, list) else told


class Us(Struct, frozen=True):
    """The bot as it was called when an update of a group came: our own mark on the update."""

    id: int = 0
    username: str = ""


class Person(Struct):
    """A `User`: a person or a bot."""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str | None = None
    language_code: str | None = None


class Chat(Struct):
    """A `Chat`: private, group, supergroup or channel."""

    id: int
    type: str = "private"
    title: str = ""


class Media(Struct):
    """What photo sizes, documents, voices, stickers and the rest have in common."""

    file_id: str
    file_size: int = 0
    file_name: str = ""
    mime_type: str = ""
    width: int = 0
    height: int = 0
    title: str = ""
    emoji: str = ""
    is_animated: bool = False
    is_video: bool = False


class Location(Struct):
    """A point on the map; with `live_period` it keeps moving by edits."""

    latitude: float
    longitude: float
    live_period: int | None = None


class Venue(Struct):
    """A place with a name."""

    location: Location
    title: str = ""
    address: str = ""


class SharedContact(Struct):
    """A phone number sent as a card; the sender's own when `user_id` is his."""

    phone_number: str
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None


class PollOption(Struct):
    """One answer of a poll."""

    text: str = ""


class Poll(Struct):
    """A poll somebody sent or forwarded."""

    question: str = ""
    options: list[PollOption] = []


class Dice(Struct):
    """A thrown die, dart or the like."""

    emoji: str = ""
    value: int = 0


class Quote(Struct):
    """The part of the answered message that was quoted."""

    text: str = ""


class Answered(Struct):
    """The message replied to; only its place matters."""

    message_id: int
    sender: Person | None = field(default=None, name="from")
    forum_topic_created: dict[str, Any] | None = None


class Origin(Struct):
    """Where a forwarded message came from."""

    type: str = ""
    sender_user: Person | None = None
    sender_user_name: str = ""
    sender_chat: Chat | None = None
    chat: Chat | None = None


class Message(Struct):
    """A `Message` with the kinds we can say in words."""

    message_id: int
    chat: Chat
    date: int = 0
    sender: Person | None = field(default=None, name="from")
    message_thread_id: int | None = None
    is_topic_message: bool = False
    is_automatic_forward: bool = False
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None
    media_group_id: str | None = None
    reply_to_message: Answered | None = None
    quote: Quote | None = None
    forward_origin: Origin | None = None
    text: str | None = None
    entities: list[dict[str, Any]] = []
    caption: str | None = None
    caption_entities: list[dict[str, Any]] = []
    photo: list[Media] | None = None
    document: Media | None = None
    audio: Media | None = None
    voice: Media | None = None
    video: Media | None = None
    video_note: Media | None = None
    animation: Media | None = None
    sticker: Media | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: SharedContact | None = None
    poll: Poll | None = None
    dice: Dice | None = None


class Under(Struct):
    """The message a button was under; an old one has lost everything but its place."""

    message_id: int
    chat: Chat
    message_thread_id: int | None = None
    is_topic_message: bool = False


class Press(Struct):
    """A `CallbackQuery`: an inline button was pressed. Without `data` it is a game's."""

    id: str
    sender: Person = field(name="from")
    message: Under | None = None
    data: str | None = None


class Member(Struct):
    """Somebody's standing in a chat, of which we read only the word for it."""

    status: str = ""


class Membership(Struct):
    """A `ChatMemberUpdated` about the bot itself."""

    chat: Chat
    sender: Person = field(name="from")
    new_chat_member: Member


class Feeling(Struct):
    """A `ReactionType`: an emoji, one of somebody's own pictures, or a paid star."""

    type: str = "emoji"
    emoji: str = ""


class Reaction(Struct):
    """A `MessageReactionUpdated`: all of one person's emoji on a message, before and now."""

    chat: Chat
    message_id: int
    user: Person | None = None  # None: a channel or an anonymous admin
    old_reaction: list[Feeling] = []
    new_reaction: list[Feeling] = []


class Update(Struct):
    """One update; the message is kept as it came so that its kind can be told by its fields."""

    update_id: int = 0
    us: Us = Us()
    message: dict[str, Any] | None = None
    edited_message: dict[str, Any] | None = None
    callback_query: Press | None = None
    my_chat_member: Membership | None = None
    message_reaction: Reaction | None = None


class Album(Struct):
    """Our own envelope around the updates of one album, journalled as one arrival."""

    album: list[Update]


class OpenedTopic(Struct):
    """A topic that we made, for the conversation of the message that was to be sent."""

    thread: str
    message: int


class Opened(Struct):
    """Our own envelope around a topic we made."""

    topic: OpenedTopic
