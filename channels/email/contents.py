"""What a reader should know of a mail's contents: lying links, what is sealed or not here."""

import re

from channels.email import smime
from channels.email.files import MOST
from channels.email.links import misleading
from channels.email.mail import Mail
from channels.email.mime import leaves
from desk.kit.text import one_line, shorten
from desk.ports.messages import Remark

_ELSEWHERE = ("message/partial", "message/external-body")
_CALENDAR_BYTES = 200_000
_FIELD = re.compile(r"^(SUMMARY|DTSTART|ORGANIZER|METHOD)((?:;[^:\r\n]*)?):(.*)$", re.M)
_START = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{2}(Z?))?")
_ZONE = re.compile(r"TZID=\"?([^\";:]+)")


def remarks(mail: Mail, files: int) -> tuple[Remark, ...]:
    """Return what is remarkable about what a mail brings; `files` is how many files that is."""
    found = []
    lie = misleading(mail.bodies.whole_html or "")
    if lie is not None:
        found.append(Remark("misleading_link", f"{lie.shown} → {lie.leads_to}"))
    if smime.is_encrypted(mail.root, mail.bodies.text):
        found.append(Remark("encrypted"))
    elif smime.is_signed(mail.root):
        found.append(Remark("signed"))
    if any(leaf.type.value in _ELSEWHERE for leaf in leaves(mail.root)):
        found.append(Remark("incomplete"))
    if files > MOST:
        found.append(Remark("more_files", str(files - MOST)))
    invited = _invitation(mail)
    return (*found, Remark("invitation", invited)) if invited else tuple(found)


def _invitation(mail: Mail) -> str:
    """Return what a mail invites to: "Planning, 2026-11-27 10:00 UTC, by ada@x.example"."""
    for leaf in leaves(mail.root):
        if leaf.type.value != "text/calendar":
            continue
        text = leaf.content()[:_CALENDAR_BYTES].decode("utf-8", "replace")
        unfolded = re.sub(r"\r?\n[ \t]", "", text)
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
