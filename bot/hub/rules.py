"""What a hub shows of a case, and what agents may do to it from there. Pure."""

import hashlib
from enum import StrEnum

from msgspec import Struct, json

from desk.cases.rules import Priority, Status
from desk.kit.text import clean
from desk.ports.hub import HubCard, HubOption

RECENT = 10  # messages said before a case came to its hub, that are shown there


class LineKind(StrEnum):
    """What a line is about; `ref` is the message, the note or the arrival."""

    MESSAGE = "message"  # to or from the customer
    NOTE = "note"
    NEWS = "news"  # the desk's own words
    HEARD = "heard"  # no line: an arrival that brought what somebody said there
    ARRIVED = "arrived"  # no line: a mark on what an agent wrote there


class LineState(StrEnum):
    """How far a line is."""

    WAITING = "waiting"
    SENDING = "sending"  # it may stand there already
    SHOWN = "shown"
    THEIRS = "theirs"  # an agent wrote it there himself
    WITHDRAW = "withdraw"  # to be taken back
    OVER = "over"


class Hub(Struct, frozen=True, kw_only=True):
    """One place where agents work; `team` "" has every case."""

    inbox: str
    channel: str
    place: str
    team: str = ""


STATUSES = tuple(
    HubOption(status.value, words)
    for status, words in (
        (Status.OPEN, "Open"),
        (Status.PENDING, "Waits for the customer"),
        (Status.ON_HOLD, "Waits for others"),
        (Status.RESOLVED, "Resolved"),
    )
)
PRIORITIES = tuple(HubOption(one.value, one.value.capitalize()) for one in Priority)
NAPS = tuple(
    HubOption(str(hours), words)
    for hours, words in (
        (1, "1 hour"),
        (4, "4 hours"),
        (24, "1 day"),
        (72, "3 days"),
        (168, "1 week"),
    )
)
NOBODY = HubOption("0", "Nobody")


def words_now(text: str) -> str:
    """Return what tells the words an agent changed in a hub from those he changed elsewhere."""
    return hashlib.sha256(clean(text).encode()).hexdigest()[:32]


def face_of(card: HubCard) -> str:
    """Return what tells one face of a card from another."""
    return hashlib.sha256(json.encode(card)).hexdigest()[:32]
