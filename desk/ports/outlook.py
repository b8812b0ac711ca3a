"""When a customer can expect an answer, as far as the desk knows. What it does not know is None."""

from datetime import datetime

from msgspec import Struct


class Outlook(Struct, frozen=True, kw_only=True):
    """What the desk can honestly say of an inbox, and of one conversation in it, right now."""

    is_open: bool = True
    bot: bool = False  # a bot talks first, at any hour
    opens_at: datetime | None = None  # of a closed one; None: not in the next weeks
    ahead: int | None = None  # cases that get an agent before this one; None: it waits for none
    letters: bool = False  # the desk can write him a letter with what was said
    reply_s: int | None = None  # most of the latest customers had their first answer within
