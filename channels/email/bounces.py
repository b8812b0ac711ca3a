"""Reports about mail of ours: not delivered, delivered, read, complained about."""

import re

from msgspec import Struct

from channels.email.addresses import normal
from channels.email.bounce_text import Told, looks_like_bounce, told
from channels.email.charsets import decode
from channels.email.headers import decode_words
from channels.email.mail import Mail, ids
from channels.email.mime import Part, leaves, tree
from channels.email.refusals import Cause, cause_of, is_final, is_vague, status_in, status_meant
from desk.kit.text import shorten

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_READ_TYPES = ("message/disposition-notification", "message/global-disposition-notification")
_COMPLAINT_TYPES = ("message/feedback-report",)
_ORIGINAL_TYPES = (
    "message/rfc822",
    "message/global",
    "message/global-headers",
    "text/rfc822-headers",
    "text/rfc822",
    "message/rfc822-headers",
    "message/partial",
)
_INNER_ID = re.compile(
    r"^[ \t>|]*(?:message-id|x-original-message-id)\s*:\s*<([^<>\s]+)>", re.I | re.M
)
_BLANK = re.compile(r"\n[ \t]*\n")
_ADDRESS = re.compile(r"[^\s<>;,()\"]+@[^\s<>;,()\"]+")
_XTEXT = re.compile(r"\+(2B|3D|20|40)")  # RFC 3461: how an original recipient is written
_RECIPIENTS = 1000


class Report(Struct, frozen=True, kw_only=True):
    """What a report says about one recipient.

    `state` is failed, delayed, delivered, read or unread (deleted without being read).
    """

    state: str
    about: tuple[str, ...]  # Message-IDs it may be about, surest first
    address: str | None = None
    status: str | None = None  # 5.1.1
    detail: str = ""  # what the server said, on one line
    server: str | None = None  # that reports it
    cause: Cause = Cause.OTHER
    final: bool = False  # the address is wrong for good: do not write there again


class Complaint(Struct, frozen=True, kw_only=True):
    """A recipient called a mail of ours spam (a feedback report, RFC 5965)."""

    about: tuple[str, ...]
    address: str | None = None
    kind: str = "abuse"


def reports(mail: Mail) -> tuple[Report, ...]:
    """Return what a report says per recipient; nothing for any other mail."""
    parts = leaves(mail.root)
    if any(part.type.value in _COMPLAINT_TYPES for part in parts):
        return ()
    status_parts = [part for part in parts if part.type.value in _STATUS_TYPES]
    if status_parts:
        return _delivery_reports(mail, status_parts, parts)
    for part in parts:
        if part.type.value in _READ_TYPES:
            return _read_reports(mail, part)
    if not looks_like_bounce(mail):
        return ()
    about = _about(mail, parts)
    return tuple(_from_text(one, about) for one in told(mail))


def complaint(mail: Mail) -> Complaint | None:
    """Return the complaint that a feedback report makes, or None for any other mail."""
    parts = leaves(mail.root)
    for part in parts:
        if part.type.value in _COMPLAINT_TYPES:
            fields = _fields(decode(part.content()))
            return Complaint(
                about=_about(mail, parts),
                address=_address(fields.get("original-rcpt-to", "")),
                kind=fields.get("feedback-type", "abuse").lower(),
            )
    return None


def _delivery_reports(
    mail: Mail, status_parts: list[Part], parts: list[Part]
) -> tuple[Report, ...]:
    about = _about(mail, parts)
    found: dict[str | None, Report] = {}
    for part in status_parts:
        blocks = _blocks(decode(part.content()))
        server = _server(blocks)
        for block in blocks:
            if _is_recipient(block):
                report = _one(block, about, server)
                found.setdefault(report.address or f"#{len(found)}", report)
    if found:
        return tuple(found.values())[:_RECIPIENTS]
    return tuple(_from_text(one, about) for one in told(mail))


def _blocks(text: str) -> list[dict[str, str]]:
    """Return the groups of fields; one torn by an empty line is put together again."""
    blocks: list[dict[str, str]] = []
    for piece in _BLANK.split(text.strip()):
        fields = _fields(piece)
        before = blocks[-1] if blocks else {}
        names_one = "final-recipient" in before or "original-recipient" in before
        if names_one and "action" not in before and not _names_recipient(fields):
            blocks[-1] = {**fields, **before}
        elif fields:
            blocks.append(fields)
    return blocks


def _names_recipient(block: dict[str, str]) -> bool:
    return "final-recipient" in block or "original-recipient" in block


def _is_recipient(block: dict[str, str]) -> bool:
    return _names_recipient(block) or "action" in block or "status" in block


def _server(blocks: list[dict[str, str]]) -> str | None:
    named = next((block["reporting-mta"] for block in blocks if "reporting-mta" in block), "")
    return named.rpartition(";")[2].strip() or None


def _one(block: dict[str, str], about: tuple[str, ...], server: str | None) -> Report:
    said = block.get("diagnostic-code", "")
    said = said.partition(";")[2].strip() if ";" in said[:20] else said.strip()
    status = _status(block.get("status", ""), said)
    state = _state(block.get("action", "").lower(), status or "")
    text = f"{said} {block.get('status', '').partition('(')[2]}"
    failed = state == "failed"
    return Report(
        state=state,
        about=about,
        address=_recipient(block),
        status=status,
        detail=shorten(said or block.get("status", ""), 300),
        server=server,
        cause=cause_of(status, text) if state in ("failed", "delayed") else Cause.OTHER,
        final=failed and is_final(status, text),
    )


def _recipient(block: dict[str, str]) -> str | None:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = block.get(name, "")
        if name == "original-recipient":
            value = _XTEXT.sub(lambda found: chr(int(found[1], 16)), value)
        address = _address(value)
        if address:
            return address
    return None


def _address(value: str) -> str | None:
    found = _ADDRESS.search(value.rpartition(";")[2]) or _ADDRESS.search(value)
    return normal(found[0]) if found else None


def _status(field: str, said: str) -> str | None:
    """Return the code of the Status field, unless it is vague and the server said more."""
    given = status_in(field)
    if given and not is_vague(given):
        return given
    more = status_in(said)
    if more and (not given or (not is_vague(more) and more[0] == given[0])):
        return more
    return given or status_meant(said)


def _state(action: str, status: str) -> str:
    if action.startswith("delayed"):
        return "delayed"
    if action.startswith(("delivered", "relayed", "expanded")):
        return "delivered"
    if not action and status.startswith("2"):
        return "delivered"
    return "delayed" if not action and status.startswith("4") else "failed"


def _read_reports(mail: Mail, part: Part) -> tuple[Report, ...]:
    fields = _fields(decode(part.content()))
    original = re.findall(r"<([^<>\s]+)>", fields.get("original-message-id", ""))
    shown = "displayed" in fields.get("disposition", "").lower()
    return (
        Report(
            state="read" if shown else "unread",
            about=tuple(original) or tuple(mail.in_reply_to),
            address=_address(fields.get("final-recipient", "")),
        ),
    )


def _from_text(one: Told, about: tuple[str, ...]) -> Report:
    status = status_in(one.said) or status_meant(one.said)
    return Report(
        state="delayed" if one.delayed else "failed",
        about=about,
        address=normal(one.address) if one.address else None,
        status=status,
        detail=shorten(one.said, 300),
        cause=cause_of(status, one.said),
        final=not one.delayed and is_final(status, one.said),
    )


def _about(mail: Mail, parts: list[Part]) -> tuple[str, ...]:
    found: list[str] = []
    for part in parts:
        if part.type.value in _ORIGINAL_TYPES:
            inner = tree(part.content()[:200_000])
            found += [*ids(inner, "message-id"), *ids(inner, "references")[::-1]]
    found += [*mail.in_reply_to, *reversed(mail.references), *_INNER_ID.findall(mail.bodies.text)]
    return tuple(dict.fromkeys(found))


def _fields(block: str) -> dict[str, str]:
    unfolded = re.sub(r"\n[ \t]+", " ", block)
    pairs = (line.partition(":") for line in unfolded.split("\n") if ":" in line)
    found: dict[str, str] = {}
    for name, _, value in pairs:
        found.setdefault(name.strip().lower(), decode_words(value.encode()))
    return found
