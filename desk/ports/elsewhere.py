"""What was said of a live conversation by letter, as its own channel is to show it."""

from datetime import datetime

from msgspec import Struct

from desk.ports.messages import Author, OutboundFile


class SaidElsewhere(Struct, frozen=True, kw_only=True):
    """A message that belongs to a live conversation and went another way."""

    message_id: int
    visitor: str  # the address of the identity that talks there
    author: Author
    text: str  # the customer's plain, ours Markdown
    said_at: datetime
    files: tuple[OutboundFile, ...] = ()


class Shown(Struct, frozen=True):
    """The line to append to the transcript, and what the channel keeps with it."""

    line: bytes
    state: dict[str, bytes]
