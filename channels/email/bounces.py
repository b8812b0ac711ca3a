"""Reports about mail of ours: not delivered, delivered, read."""

import re

from msgspec import Struct

from channels.email.addresses import normal
from channels.email.charsets import decode
from channels.email.headers import decode_words
from channels.email.mail import Mail, ids
from channels.email.mime import Part, leaves, tree
from desk.kit.text import shorten

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_READ_TYPES = ("message/disposition-notification", "message/global-disposition-notification")
_ORIGINAL_TYPES = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
)
_DAEMON = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|maildaemon|mmdf|bounces?)\b", re.I)
_FAILURE = re.compile(
    r"undeliver|not (be )?delivered|delivery (status notification|failed|failure|has failed)|"
    r"returned mail|mail delivery failed|failure notice|delivery error|unzustellbar|"
    r"non remis|no se ha podido entregar|user unknown|mailbox (unavailable|full)|"
    r"\b[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}\b",
    re.I,
)
_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_INNER_ID = re.compile(r"^(?:message-id|x-original-message-id)\s*:\s*<([^<>\s]+)>", re.I | re.M)


class Report(Struct, frozen=True, kw_only=True):
    """What a report says about one recipient. `state` is failed, delayed, delivered or read."""

    state: str
    about: tuple[str, ...]  # Message-IDs it may be about, surest first
    address: str | None = None
    status: str | None = None  # 5.1.1
    detail: str = ""


def reports(mail: Mail) -> tuple[Report, ...]:
    """Return what a report says per recipient; nothing for any other mail."""
    parts = leaves(mail.root)
    for part in parts:
        if part.type.value in _STATUS_TYPES:
            return _delivery_reports(mail, part, parts)
        if part.type.value in _READ_TYPES:
            return _read_reports(mail, part)
    return _plain_bounce(mail, parts)


def _delivery_reports(mail: Mail, part: Part, parts: list[Part]) -> tuple[Report, ...]:
    about = _about(mail, parts)
    blocks = re.split(r"\n[ \t]*\n", decode(part.content()).strip())
    fields = [_fields(block) for block in blocks]
    found = [_one(block, about) for block in fields if "action" in block or "status" in block]
    return tuple(found) or (Report(state="failed", about=about),)


def _one(block: dict[str, str], about: tuple[str, ...]) -> Report:
    recipient = block.get("original-recipient") or block.get("final-recipient") or ""
    diagnostic = block.get("diagnostic-code", "").partition(";")[2].strip()
    status = _CODE.search(block.get("status", "")) or _CODE.search(diagnostic)
    action = block.get("action", "").lower()
    return Report(
        state=_state(action, status[1] if status else ""),
        about=about,
        address=normal(recipient.rpartition(";")[2].strip(" <>")) or None,
        status=status[1] if status else None,
        detail=shorten(diagnostic or block.get("status", ""), 300),
    )


def _state(action: str, status: str) -> str:
    if action.startswith("delayed"):
        return "delayed"
    if action.startswith(("delivered", "relayed", "expanded")):
        return "delivered"
    return "delayed" if not action and status.startswith("4") else "failed"


def _read_reports(mail: Mail, part: Part) -> tuple[Report, ...]:
    fields = _fields(decode(part.content()))
    original = re.findall(r"<([^<>\s]+)>", fields.get("original-message-id", ""))
    shown = "displayed" in fields.get("disposition", "").lower()
    recipient = fields.get("final-recipient", "").rpartition(";")[2].strip(" <>")
    return (
        Report(
            state="read" if shown else "delayed",
            about=tuple(original) or tuple(mail.in_reply_to),
            address=normal(recipient) or None,
        ),
    )


def _plain_bounce(mail: Mail, parts: list[Part]) -> tuple[Report, ...]:
    """Recognise a bounce without a machine-readable part: who sent it, and failure words."""
    failed = mail.words("x-failed-recipients")
    sender = mail.sender
    daemon = bool(sender and _DAEMON.match(sender.address))
    path = mail.root.raw_header("return-path")
    null_path = path is not None and path.strip() == b"<>"
    text = mail.bodies.text
    words = _FAILURE.search(mail.subject) or _FAILURE.search(text[:4000])
    if not failed and not ((daemon or null_path) and words):
        return ()
    code = _CODE.search(text)
    return (
        Report(
            state="delayed" if code and code[1].startswith("4") else "failed",
            about=_about(mail, parts),
            address=normal(failed.partition(",")[0]) or None,
            status=code[1] if code else None,
            detail=shorten(_line_of(text, code) or mail.subject, 300),
        ),
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


def _line_of(text: str, code: re.Match[str] | None) -> str:
    if code is None:
        return ""
    begin = text.rfind("\n", 0, code.start()) + 1
    return text[begin : begin + 400].partition("\n")[0]
