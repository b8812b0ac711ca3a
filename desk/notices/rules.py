"""Who hears of what, whom a note calls by name, and when it is quiet. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from desk.kit.errors import Invalid


class Kind(StrEnum):
    """What a notice is about."""

    ASSIGNED = "assigned"
    MENTIONED = "mentioned"
    ANSWERED = "answered"  # the customer wrote in a case of his
    ATTENTION = "attention"  # a case of his was flagged: a bounce, a loop
    WOKE = "woke"  # a case put away is back
    WARNED = "warned"  # a promise runs out
    BREACHED = "breached"
    RATED = "rated"  # for supervisors: a customer gave a low score
    INBOX = "inbox"  # for admins: an inbox needs a person
    UNREACHABLE = "unreachable"  # for admins: a colleague's address takes no mail


FOR_ADMINS = frozenset({Kind.INBOX, Kind.UNREACHABLE})

WORDS: Mapping[Kind, str] = {
    Kind.ASSIGNED: "is yours now",
    Kind.MENTIONED: "mentions you",
    Kind.ANSWERED: "has a new message",
    Kind.ATTENTION: "needs attention",
    Kind.WOKE: "is back",
    Kind.WARNED: "has a promise that runs out",
    Kind.BREACHED: "has a broken promise",
    Kind.RATED: "has a low rating",
    Kind.INBOX: "An inbox needs you",
    Kind.UNREACHABLE: "A colleague's address takes no mail",
}

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.S)


def mentioned(text: str, names: Mapping[int, str]) -> frozenset[int]:
    """Return which agents (by id, with their names) a note calls: "@Ann Lee", or "@Ann" alone.

    A first name that several have calls none of them. Mail addresses and code call nobody.
    """
    found: set[int] = set()
    text = " ".join(_CODE.sub(" ", text).casefold().split())
    handles: dict[str, set[int]] = {}
    for agent_id, name in names.items():
        whole = " ".join(name.casefold().split())
        if whole:
            handles.setdefault(whole, set()).add(agent_id)
            handles.setdefault(whole.split(" ")[0], set()).add(agent_id)
    for handle in sorted(handles, key=len, reverse=True):  # the whole name before the first one
        pattern = re.compile(rf"(?<![\w.+-])@{re.escape(handle)}(?!\w|[.@-]\w)")
        text, count = pattern.subn(" ", text)
        if count and len(handles[handle]) == 1:
            found |= handles[handle]
    return frozenset(found)


def quiet_until(now: datetime, start: str, end: str, zone: str) -> datetime | None:
    """Return when the quiet that holds at `now` ends, None when it is not quiet.

    "22:00" to "07:00" goes over midnight, by the wall clock of `zone`.
    """
    if not start or not end or start == end:
        return None
    here = now.astimezone(ZoneInfo(zone))
    begins, ends, clock = hour(start), hour(end), here.time()
    over_night = begins > ends
    is_quiet = (clock >= begins or clock < ends) if over_night else begins <= clock < ends
    if not is_quiet:
        return None
    day = here.date() + timedelta(days=1 if over_night and clock >= begins else 0)
    return datetime.combine(day, ends, here.tzinfo).astimezone(now.tzinfo)


def hour(text: str) -> time:
    """Return what "22:30" says. Raises Invalid."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text.strip())
    if found is None:
        raise Invalid(f"{text!r} is no time of day like 22:30.")
    return time(int(found[1]), int(found[2]))
