"""A raw mail into our words. Pure: bytes in, InboundMessage and DeliveryReported out."""

from msgspec import Struct

from channels.email import html as markup
from channels.email.addresses import base_of, normal
from channels.email.automatic import automation_of
from channels.email.bounces import Report, reports
from channels.email.envelope import digest
from channels.email.forwards import split
from channels.email.mail import Mail, read
from channels.email.quotes import visible
from channels.email.senders import author
from channels.email.threads import answered, is_ours, mentioned_number, proved_case, token_of
from desk.kit.errors import Unreadable
from desk.kit.text import clean
from desk.ports.messages import (
    Attachment,
    Automation,
    DeliveryReported,
    Inbound,
    InboundMessage,
    Sender,
)

_PARTICIPANTS = 40
_TEXT_LIMIT = 500_000  # characters shown of one mail; the raw mail keeps all


class Reader(Struct, frozen=True, kw_only=True):
    """What parsing must know of the inbox: its addresses, and the key of our own tokens."""

    addresses: tuple[str, ...]
    secret: str

    @property
    def own(self) -> frozenset[str]:
        """The inbox's addresses, normal, without +tags."""
        return frozenset(base_of(one)[0] for one in self.addresses)


def parse(raw: bytes, reader: Reader) -> tuple[Inbound, ...]:
    """Return what a raw mail means for the desk.

    A report about a message of ours is a DeliveryReported for each recipient; everything else
    is one InboundMessage, automatic mail marked as such.

    Raises:
        Unreadable: no header names a sender, so there is nobody to answer.
    """
    mail = read(raw)
    ours = is_ours(mail, reader.secret, reader.own)
    found = () if ours else reports(mail)
    told = _told(found, reader)
    if told:
        return told
    automation = Automation.LOOP if ours else _automation(mail, found)
    return (_message(mail, reader, automation, raw),)


def _automation(mail: Mail, found: tuple[Report, ...]) -> Automation | None:
    if any(one.state in ("failed", "delayed") for one in found):
        return Automation.BOUNCE
    return Automation.AUTO_REPLY if found else automation_of(mail)


def _told(found: tuple[Report, ...], reader: Reader) -> tuple[DeliveryReported, ...]:
    """Return the final outcomes that can be tied to a message of ours by its signature."""
    return tuple(
        DeliveryReported(
            external_id=f"<{about}>",
            state=report.state,
            detail=" ".join(filter(None, (report.status, report.detail))),
            address=report.address,
        )
        for report in found
        if report.state in ("failed", "delivered", "read")
        for about in report.about
        if token_of(reader.secret, about) and about == _first_of_ours(report, reader)
    )


def _first_of_ours(report: Report, reader: Reader) -> str | None:
    return next((one for one in report.about if token_of(reader.secret, one)), None)


def _message(
    mail: Mail, reader: Reader, automation: Automation | None, raw: bytes
) -> InboundMessage:
    text, full_text, html = _words(mail)
    return InboundMessage(
        external_id=f"<{mail.message_id or _made_id(raw)}>",
        sender=_sender(mail),
        text=text,
        html=html,
        full_text=full_text,
        subject=mail.subject or None,
        sent_at=mail.date,
        in_reply_to=tuple(f"<{one}>" for one in answered(mail)),
        attachments=_attachments(mail),
        recipients=_others(mail, reader),
        automation=automation,
        case_id=proved_case(mail, reader.secret, reader.own),
        mentions_number=mentioned_number(mail.subject),
    )


def _sender(mail: Mail) -> Sender:
    found = author(mail)
    if found is None:
        raise Unreadable("The mail names no sender that could be answered.")
    address = normal(found.address)
    return Sender(
        address=address,
        name=found.name or None,
        email=address,
        organization=address.rpartition("@")[2] or None,
    )


def _words(mail: Mail) -> tuple[str, str | None, str | None]:
    """Return the new text, the whole text where it differs, and the new part of the HTML."""
    full = clean(mail.bodies.text)[:_TEXT_LIMIT]
    html = mail.bodies.whole_html
    if html is not None and len(html) > markup.LIMIT_CHARACTERS:
        html = None
    if split(full, mail.subject) is not None:
        # What was forwarded is what the customer wants us to read, though others wrote it.
        return full.strip(), None, markup.sanitise(html) if html else None
    if html is None:
        text = visible(full)
        return text, full if text != full.strip() else None, None
    cut = markup.without_quotes(html)
    text = visible(full) if cut == html else visible(markup.to_text(cut)[:_TEXT_LIMIT])
    shown = markup.sanitise(cut)
    return text, full if text != full.strip() else None, shown


def _attachments(mail: Mail) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            name=one.name,
            mime=one.mime,
            size_bytes=one.size_bytes,
            ref=one.ref,
            content_id=one.content_id,
            inline=one.inline,
        )
        for one in mail.bodies.files
    )


def _others(mail: Mail, reader: Reader) -> tuple[str, ...]:
    """Return who else was addressed, without us and without the sender."""
    sender = author(mail)
    us = {*reader.own, normal(sender.address) if sender else ""}
    found = (normal(one.address) for one in mail.addresses("to", "cc"))
    others = dict.fromkeys(one for one in found if base_of(one)[0] not in us and one not in us)
    return tuple(others)[:_PARTICIPANTS]


def _made_id(raw: bytes) -> str:
    return f"gen-{digest(raw)[:40]}@parley.invalid"
