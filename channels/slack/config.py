"""What an admin can set for one Slack inbox; the defaults are here and nowhere else."""

from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct


class Mode(StrEnum):
    """How events reach us: over a connection we hold, or posted to the desk's public address."""

    SOCKET = "socket"
    HTTP = "http"


class Watch(StrEnum):
    """Whose top-level messages in a channel open a case. A mention of the app always does."""

    EVERYONE = "everyone"
    EXTERNAL = "external"  # people of other workspaces, and guests
    MENTION = "mention"
    EMOJI = "emoji"  # only what somebody puts `case_emoji` on; a mention opens nothing
    NOBODY = "nobody"  # neither mention nor emoji, only the shortcut of the message


class SlackSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One installed app. Tokens are references to secrets (desk.kit.secrets), never the secret."""

    bot_token: str = ""  # xoxb-…
    app_token: str = ""  # xapp-… with connections:write; for socket mode
    signing_secret: str = ""  # for http mode
    mode: Mode = Mode.SOCKET
    api_base: str = "https://slack.com/api/"
    team: str = ""  # the workspace's id (T…): events of any other are passed over; "" takes all
    join_minutes: int = 30  # a new direct message joins an open case younger than this; 0 never
    watch: Watch = Watch.EXTERNAL  # channels not named in `channels`
    channels: dict[str, Watch] = {}  # by channel id (C…)
    case_emoji: str = "ticket"  # by its name: on a message it opens a case, unless nobody does
    allowed_bots: list[str] = []  # ids (B…) of bots whose messages count as a customer's
    hubs: dict[str, str] = {}  # channels (C…) where agents work: whose team's cases; "" is all
    hub_replies: bool = False  # plain words in a card's thread go to the customer; else: notes
    hub_group: str = ""  # called when a promise is broken: a user group (S…), here or channel
    marks_cases: bool = True  # 👀 on the message that opened a case, ✅ when it is resolved
    tells_numbers: bool = False  # a line in the thread with the number of the case
    connections: int = 2  # sockets held at once (1 to 10): a second one leaves no gap
    ping_s: float = 10.0  # how often a socket is asked whether it lives
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    name_wait_s: float = 0.3  # an event is held so long for its sender's name; 0 never
    answer_s: float = 2.5  # a form is opened within this, or a sentence says so; Slack waits 3
    name_keep_hours: float = 24.0  # names are asked for again after this
    sends_per_s: float = 1.0  # per conversation
    send_burst: int = 3
    send_wait_s: float = 5.0  # a send waits this long for its turn, else it is put back
    look_again_s: float = 1.0  # after a send without an answer, before looking whether it arrived
    look_every_s: float = 30.0  # how often it is asked whether the bot token still holds
    file_limit_bytes: int = 100 * 1024 * 1024  # larger files are not fetched
    backoff_first_s: float = 1.0  # after the first failed connection; doubles with each
    backoff_cap_s: float = 60.0


def api_base(settings: SlackSettings) -> str:
    """Return `settings.api_base` with the slash at its end that the client needs."""
    return settings.api_base.rstrip("/") + "/"


def is_loopback(url: str) -> bool:
    """Return whether `url` points at this machine, where no proxy may stand between."""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
