"""Calendars in mail: what is invited to, and what is answered to an invitation."""

import re
from collections.abc import Iterator

from channels.email.mail import Mail
from channels.email.mime import leaves
from desk.kit.text import one_line, shorten

_CALENDAR_BYTES = 200_000
_FOLD = re.compile(r"\r?\n[ \t]")
_REPLY = re.compile(r"^METHOD:\s*REPLY\s*$", re.I | re.M)
_PARTICIPATION = re.compile(
    r"^ATTENDEE\b[^\r\n]{0,2000}?;PARTSTAT=(ACCEPTED|DECLINED|TENTATIVE|DELEGATED)\b", re.I | re.M
)
_FIELD = re.compile(r"^(SUMMARY|DTSTART|ORGANIZER|METHOD)((?:;[^:\r\n]*)?):(.*)$", re.M)
_START = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{2}(Z?))?")
_ZONE = re.compile(r"TZID=\"?([^\";:]+)")


def invitation_answer(mail: Mail) -> str:
    """Return what a calendar's answer to an invitation says, "" for any other mail.

    One of accepted, declined, tentative, delegated, or answered where it does not say.
    """
    for text in _calendars(mail):
        if _REPLY.search(text):
            state = _PARTICIPATION.search(text)
            return state[1].lower() if state else "answered"
    return ""


def invitation(mail: Mail) -> str:
    """Return what a mail invites to: "Planning, 2026-11-27 10:00 UTC, by ada@x.example"."""
    for unfolded in _calendars(mail):
        _, event, rest = unfolded.partition("BEGIN:VEVENT")
        method = next(
            (one[3].strip() for one in _FIELD.finditer(unfolded) if one[1] == "METHOD"), ""
        )
        if not event or method not in ("", "REQUEST", "PUBLISH", "CANCEL"):
            continue
        fields = {one[1]: one for one in reversed(list(_FIELD.finditer(rest)))}
        said = [
            _said(fields.get("SUMMARY")),
            _start(fields.get("DTSTART")),
            _by(fields.get("ORGANIZER")),
        ]
        words = shorten(", ".join(filter(None, said)), 250)
        return f"{words} (cancelled)" if method == "CANCEL" else words
    return ""


def _calendars(mail: Mail) -> Iterator[str]:
    """Return each calendar of a mail as text, its folded lines whole."""
    for leaf in leaves(mail.root):
        if leaf.type.value == "text/calendar":
            yield _FOLD.sub("", leaf.content()[:_CALENDAR_BYTES].decode("utf-8", "replace"))


def _said(found: re.Match[str] | None) -> str:
    text = found[3] if found else ""
    return one_line(re.sub(r"\\([,;\\nN])", lambda one: " " if one[1] in "nN" else one[1], text))


def _start(found: re.Match[str] | None) -> str:
    at = _START.match(found[3].strip()) if found else None
    if found is None or at is None:
        return ""
    day = f"{at[1]}-{at[2]}-{at[3]}"
    if at[4] is None:
        return day
    zone = _ZONE.search(found[2])
    return one_line(f"{day} {at[4]}:{at[5]} {'UTC' if at[6] else zone[1] if zone else ''}").strip()


def _by(found: re.Match[str] | None) -> str:
    address = one_line(found[3].partition(":")[2] or found[3]) if found else ""
    return f"by {address}" if "@" in address else ""
