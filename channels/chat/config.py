"""Settings of one web chat inbox, and the limits of the wire."""

from msgspec import Struct

TEXT_LIMIT = 10_000  # characters of one message, either way
FRAME_BYTES = 64 * 1024  # the largest frame or body a visitor may send
HISTORY = 50  # messages a new page load gets at once
HELLO_S = 10.0  # a socket must say who it is within
SILENT_S = 45.0  # a socket without any frame is dead after
EMOJI = ("👍", "❤", "😄", "🎉", "😕", "🙏")  # what a visitor can put on a message of ours
LINK_S = 600  # a file's download address works for

FILE_TYPES = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/heic",
    "audio/",
    "video/",
    "text/plain",
    "text/csv",
    "application/pdf",
    "application/zip",
    "application/msword",
    "application/vnd.",
)


class FormField(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question of the form before a chat: `name`, `email`, `subject`, or one of your own."""

    name: str
    required: bool = False
    labels: dict[str, str] = {}  # by language; your own are called by their name where none fits
    choices: tuple[str, ...] = ()  # (): any text
    choice_labels: dict[str, tuple[str, ...]] = {}  # by language, in the order of `choices`


class ChatSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an admin sets for one chat inbox."""

    origins: tuple[str, ...] = ()  # sites that may embed it, like https://*.example.org
    title: str = "Chat with us"  # at the top of the panel
    greeting: str = "Hello. How can we help?"  # shown before the first message, not recorded
    reply_hint: str = ""  # when an answer can be expected, in words
    form: tuple[FormField, ...] = ()  # asked before a chat begins
    consent: dict[str, str] = {}  # by language: what must be agreed to before a chat begins
    consent_url: str = ""  # where it is explained
    offline_form: bool = True  # outside business hours an e-mail address is asked for
    identity_secret: str = ""  # env:… or file:…: signs users of the site: HS256, or HMACs of ids
    identity_public_key: str = ""  # file:… with a key in PEM: checks RS256 tokens
    require_identity: bool = False  # nobody chats who is not signed
    words: dict[str, dict[str, str]] = {}  # by language: texts to say instead of the widget's own
    file_types: tuple[str, ...] = FILE_TYPES  # what visitors may attach; a prefix is enough
    file_bytes: int = 20 * 1024 * 1024  # the largest file a visitor may attach
    blocked_addresses: tuple[str, ...] = ()  # networks kept out, like 203.0.113.0/24
    sessions_per_minute: int = 5  # new visitors from one address; six times as many by a puzzle
    messages_per_minute: int = 20  # of one visitor
    uploads_per_ten_minutes: int = 10  # of one visitor
    sockets_per_visitor: int = 10  # open pages of one visitor
