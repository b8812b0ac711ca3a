"""What an admin can set for one Telegram inbox; the defaults are here and nowhere else."""

from enum import StrEnum

from msgspec import Struct

# Asked for by name, never "all": a Bot API server older than a kind refuses the whole list.
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",
)


class Mode(StrEnum):
    """How updates reach us: we ask for them, or Telegram calls the desk's public address."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class Hear(StrEnum):
    """What of a group's talk is taken."""

    NOTHING = "nothing"
    ADDRESSED = "addressed"  # mentions of the bot, answers to it, its commands
    EVERYTHING = "everything"


class CasePer(StrEnum):
    """Whether those who ask in one group have cases of their own."""

    ASKER = "asker"
    TOPIC = "topic"  # all who write in a topic, or in a group without topics, share one


class TelegramSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bot. `token` is a reference to a secret (desk.kit.secrets), never the token itself."""

    token: str = ""
    mode: Mode = Mode.POLLING
    username: str = ""  # of the bot, without @: for links to it; asked for when empty
    api_base: str = "https://api.telegram.org"
    file_base: str = "https://api.telegram.org"
    groups: Hear = Hear.NOTHING  # in groups not named in `chats`
    chats: dict[str, Hear] = {}  # by the group's id (-100…)
    case_per: CasePer = CasePer.ASKER  # in groups
    topics: bool = True  # a topic for each case in private chats, if the bot has topics there
    links_days: int = 30  # links to files larger than a bot may send work so long
    hubs: dict[str, str] = {}  # groups with topics where agents work: whose cases; "" is all
    hub_replies: bool = True  # plain words there go to the customer, // is a note; else reversed
    group_sends_per_minute: int = 17  # Telegram takes 20 of a bot in one group
    poll_timeout_s: int = 25  # how long Telegram holds an unanswered poll open
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 20.0  # polls wait poll_timeout_s + 10 instead
    write_timeout_s: float = 20.0
    media_timeout_s: float = 120.0  # for uploads and downloads of files
    backoff_first_s: float = 1.0  # after the first failed poll; doubles with each
    backoff_cap_s: float = 60.0
    look_every_s: float = 30.0  # in webhook mode: how often Telegram is asked how its calls go
    album_wait_s: float = 1.2  # how long an album waits for its next part
    send_wait_s: float = 5.0  # a send waits this long for its turn, else it is put back
