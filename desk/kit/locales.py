"""Languages and zones: what of a stranger's claim about himself can be used."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_TAG = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")


def language_of(tag: str | None) -> str | None:
    """Return the two- or three-letter language of a tag like `pt-BR`, or None when it is none."""
    found = _TAG.match(tag or "")
    return found[0].lower() if found else None


def zone_of(name: str | None) -> ZoneInfo | None:
    """Return the IANA zone called `name`, or None when there is no such zone."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
