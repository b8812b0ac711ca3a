"""Our words into a mail. Pure: the same message gives the same mail, whenever it is sent."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from msgspec import Struct

from channels.email import compose, subjects
from channels.email.addresses import to_ascii
from channels.email.config import EmailSettings
from channels.email.threads import LOOP_HEADER, case_address, loop_mark, message_id, reference
from channels.email.told import envelope_sender
from channels.richtext import html as rich_html
from channels.richtext import markdown, plain
from desk.kit.errors import Refusal, Undeliverable
from desk.kit.text import one_line
from desk.ports.messages import AuthorKind, Choice, OutboundFile, OutboundMessage

_OLDER_IDS = 20


class Draft(Struct, frozen=True, kw_only=True):
    """A mail before its files and its date: what the composer can show."""

    message_id: str  # without brackets
    sender: str  # the envelope's; "" for automatic mail, so that nothing answers it
    recipients: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str | None
    boundary: str


def draft(message: OutboundMessage, settings: EmailSettings, secret: str) -> Draft:
    """Return `message` as this inbox would mail it.

    Raises:
        Undeliverable: an address is none; the mail can never be sent as it is.
    """
    try:
        return _draft(message, settings, secret)
    except ValueError as bad:
        raise Undeliverable(f"The mail cannot be addressed: {bad}.", Refusal.GONE) from bad


def write(draft: Draft, files: Sequence[tuple[OutboundFile, bytes]], at: datetime) -> bytes:
    """Return the whole mail. `at` becomes its Date."""
    texts = [compose.text_node("plain", draft.text)]
    if draft.html is not None:
        texts.append(compose.text_node("html", draft.html))
    body = compose.multipart("alternative", texts, f"a-{draft.boundary}")
    attached = [compose.file_node(one.name, one.mime, content) for one, content in files]
    whole = compose.multipart("mixed", [body, *attached], f"m-{draft.boundary}")
    headers = [("Date", format_datetime(at)), *draft.headers, ("MIME-Version", "1.0")]
    return compose.write([*headers, *whole.headers], whole.body)


def subject_of(message: OutboundMessage, settings: EmailSettings) -> str:
    """Return the subject: of an answer with one "Re: ", with the case's number if asked for."""
    subject = subjects.base(message.subject or "") or f"Your message #{message.case_number}"
    tag = f"[#{message.case_number}]"
    if settings.subject_tag and tag not in subject:
        subject = f"{subject} {tag}"
    is_answer = bool(message.in_reply_to or message.references)
    return subjects.of_answer(subject) if is_answer else subject[:250]


def sender_name(message: OutboundMessage, settings: EmailSettings) -> str:
    """Return whose name the mail is from: "Ann from Acme", or the inbox's own."""
    is_agent = message.author.kind is AuthorKind.AGENT
    if not is_agent or not settings.shows_agent or not message.author.name:
        return settings.name
    return f"{message.author.name} from {settings.name}" if settings.name else message.author.name


def _draft(message: OutboundMessage, settings: EmailSettings, secret: str) -> Draft:
    address = compose.wire_address(settings.address)
    recipients = tuple(
        dict.fromkeys(compose.wire_address(one) for one in (message.recipient, *message.cc))
    )
    own_id = message_id(
        secret, message.case_id, message.message_id, to_ascii(address.rpartition("@")[2])
    )
    marker = reference(own_id) if settings.reference_in_body else ""
    return Draft(
        message_id=own_id,
        sender=_envelope_sender(message, settings, own_id),
        recipients=recipients,
        headers=tuple(_headers(message, settings, secret, own_id)),
        text="\n\n".join(filter(None, (_text(message), marker))),
        html=None if message.plain else _html(message, marker),
        boundary=hashlib.sha256(message.id.encode()).hexdigest()[:24],
    )


def _envelope_sender(message: OutboundMessage, settings: EmailSettings, own_id: str) -> str:
    if message.automatic:
        return ""
    if settings.bounces_to:
        return envelope_sender(compose.wire_address(settings.bounces_to), own_id)
    return compose.wire_address(settings.address)


def _headers(
    message: OutboundMessage, settings: EmailSettings, secret: str, own_id: str
) -> list[tuple[str, str]]:
    reply_to = case_address(secret, message.case_id, settings.address)
    return [
        ("From", compose.mailbox(sender_name(message, settings), settings.address)),
        ("To", compose.mailbox(message.recipient_name or "", message.recipient)),
        ("Cc", ", ".join(compose.wire_address(one) for one in message.cc)),
        ("Reply-To", compose.mailbox("", reply_to) if settings.replies_to_case_address else ""),
        ("Subject", compose.words(subject_of(message, settings))),
        ("Message-ID", f"<{own_id}>"),
        ("In-Reply-To", _bracketed(message.in_reply_to or "")),
        ("References", _references(message)),
        ("Content-Language", message.language or "" if _is_tag(message.language) else ""),
        *(_automatic(message, settings, secret) if message.automatic else ()),
    ]


def _automatic(
    message: OutboundMessage, settings: EmailSettings, secret: str
) -> list[tuple[str, str]]:
    kind = "auto-replied" if message.in_reply_to else "auto-generated"
    return [
        ("Auto-Submitted", kind),
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "auto_reply"),
        (LOOP_HEADER, loop_mark(secret, settings.address)),
        *stopping(message.stop_url),
    ]


def stopping(url: str) -> list[tuple[str, str]]:
    """Return the headers by which a mail program offers to stop such mails (RFC 8058)."""
    one_click = "List-Unsubscribe=One-Click" if url.startswith("https://") else ""
    return [("List-Unsubscribe", f"<{url}>" if url else ""), ("List-Unsubscribe-Post", one_click)]


def _references(message: OutboundMessage) -> str:
    known = (*message.references, *((message.in_reply_to,) if message.in_reply_to else ()))
    ids = list(dict.fromkeys(filter(None, map(_bracketed, known))))
    kept = ids if len(ids) <= _OLDER_IDS + 1 else [ids[0], *ids[-_OLDER_IDS:]]
    return " ".join(kept)


def _bracketed(external_id: str) -> str:
    bare = "".join(one_line(external_id).strip("<> ").split())
    # An id beyond a header line's limit would be cut by servers on the way: leave it out.
    return f"<{bare}>" if bare and bare.isascii() and len(bare) < 900 else ""


def _is_tag(language: str | None) -> bool:
    return bool(language) and (language or "").replace("-", "").isalnum()


def _text(message: OutboundMessage) -> str:
    body = plain.render(markdown.parse(message.text)).rstrip()
    lines = [
        f"{number}. {one_line(choice.label)}{f': {choice.url}' if choice.url else ''}"
        for number, choice in enumerate(message.choices, 1)
    ]
    return "\n\n".join(filter(None, (body, "\n".join(lines))))


def _html(message: OutboundMessage, marker: str) -> str:
    body = rich_html.render(markdown.parse(message.text))
    choices = "".join(map(_html_choice, message.choices))
    listed = f"<ol>{choices}</ol>" if choices else ""
    small = f'<p style="color:#888;font-size:11px">{marker}</p>' if marker else ""
    return f'<!doctype html><html><body dir="auto">{body}{listed}{small}</body></html>'


def _html_choice(choice: Choice) -> str:
    label = _escaped(one_line(choice.label))
    if not choice.url or not choice.url.startswith(("https://", "http://")):
        return f"<li>{label}</li>"
    return f'<li><a href="{_escaped(choice.url)}">{label}</a></li>'


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
