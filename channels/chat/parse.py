"""A visitor's journalled words into the desk's. Pure: bytes in, Inbound out."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from desk.kit.errors import Unreadable
from desk.kit.locales import language_of
from desk.ports.inbound import CustomerAsked, DeliveryReported, Inbound, Wish
from desk.ports.messages import (
    Assurance,
    Attachment,
    ButtonPressed,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    MessageReacted,
    Remark,
    Sender,
)


class Visitor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who writes, as far as his browser tells. Everything but `id` and `sub` is a claim."""

    id: str
    name: str | None = None
    email: str | None = None
    language: str | None = None  # as the browser has it, like fr-CA
    zone: str | None = None
    sub: str | None = None  # the site's id for him, signed by it
    page_url: str = ""
    page_title: str = ""
    form: dict[str, str] = {}


class SentFile(Struct, frozen=True, kw_only=True):
    """A file of the visitor, already uploaded."""

    id: str
    name: str
    mime: str
    size_bytes: int
    blob: str


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="said"):
    """One message of a visitor as it is journalled; `pressed` is a button's value."""

    id: str
    conversation: str
    visitor: Visitor
    at: datetime
    text: str = ""
    files: tuple[SentFile, ...] = ()
    pressed: str | None = None
    pressed_under: str | None = None
    person: bool = False
    link_token: str | None = None
    subject: str | None = None
    told: tuple[tuple[str, str], ...] = ()  # what else his form says, for whoever answers
    on_page: bool = False  # he is on another page than with the message before


class Reacted(Struct, frozen=True, kw_only=True, tag="reacted"):
    """An emoji that the visitor put on a message of ours, or took off it."""

    conversation: str
    visitor: Visitor
    of: str
    emoji: str
    on: bool


class Edited(Struct, frozen=True, kw_only=True, tag="edited"):
    """Other words for a message that the visitor wrote."""

    conversation: str
    visitor: Visitor
    of: str
    text: str


class TakenBack(Struct, frozen=True, kw_only=True, tag="taken_back"):
    """A message that the visitor wrote and does not want to have written."""

    conversation: str
    of: str


class HasRead(Struct, frozen=True, kw_only=True, tag="read"):
    """Messages of ours that the visitor has seen, by their ids."""

    visitor: str
    ids: tuple[str, ...]


class WantsLetter(Struct, frozen=True, kw_only=True, tag="letter"):
    """The visitor wants the conversation by letter."""

    conversation: str
    visitor: Visitor
    id: str


_reader = msgspec.json.Decoder(Said | Reacted | Edited | TakenBack | HasRead | WantsLetter)


def parse(raw: bytes) -> Sequence[Inbound]:
    """Return what a journalled payload says. Raises Unreadable when it is none of ours."""
    try:
        payload = _reader.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as wrong:
        raise Unreadable(f"This is not a chat payload: {wrong}") from wrong
    if isinstance(payload, HasRead):
        return [
            DeliveryReported(external_id=seen, state="read", address=payload.visitor)
            for seen in payload.ids
        ]
    return [_said(payload)]


def _said(payload: Said | Reacted | Edited | TakenBack | WantsLetter) -> Inbound:
    match payload:
        case Reacted():
            return _reaction(payload)
        case WantsLetter():
            return _wish(payload)
        case Edited(conversation=thread, visitor=visitor, of=of, text=text):
            sender = _sender(visitor)
            return MessageEdited(external_id=of, sender=sender, thread=thread, text=text)
        case TakenBack(conversation=thread, of=of):
            return MessageDeleted(external_id=of, thread=thread)
        case Said(pressed=value):
            return _message(payload) if value is None else _press(payload, value)


def _message(said: Said) -> InboundMessage:
    return InboundMessage(
        external_id=said.id,
        sender=_sender(said.visitor),
        thread=said.conversation,
        text=said.text,
        sent_at=said.at,
        attachments=tuple(map(_attachment, said.files)),
        wants_person=said.person,
        link_token=said.link_token,
        subject=said.subject,
        remarks=_remarks(said),
        context=_context(said.visitor),
        language=language_of(said.visitor.language),
    )


def _press(said: Said, value: str) -> ButtonPressed:
    return ButtonPressed(
        external_id=said.id,
        source_external_id=said.pressed_under,
        sender=_sender(said.visitor),
        thread=said.conversation,
        value=value,
    )


def _reaction(reacted: Reacted) -> MessageReacted:
    put = (reacted.emoji,)
    return MessageReacted(
        external_id=reacted.of,
        sender=_sender(reacted.visitor),
        thread=reacted.conversation,
        added=put if reacted.on else (),
        removed=() if reacted.on else put,
    )


def _wish(wants: WantsLetter) -> CustomerAsked:
    return CustomerAsked(
        external_id=wants.id,
        sender=_sender(wants.visitor),
        thread=wants.conversation,
        wish=Wish.TRANSCRIPT,
    )


def _remarks(said: Said) -> tuple[Remark, ...]:
    """Return what an agent wants beside the words: the form's answers, and the page."""
    told = [Remark("told", f"{_led(label)} {value}") for label, value in said.told]
    visitor = said.visitor
    if said.on_page and visitor.page_url:
        named = (visitor.page_title, visitor.page_url)
        told.append(Remark("on_page", ", ".join(filter(None, named))))
    return tuple(told)


# How a label ends that needs no colon: ? and :, also as Chinese and Arabic write them.
_ENDS = ("?", ":", "\N{FULLWIDTH QUESTION MARK}", "\N{FULLWIDTH COLON}", "\N{ARABIC QUESTION MARK}")


def _led(label: str) -> str:
    return label if label.endswith(_ENDS) else f"{label}:"


def _sender(visitor: Visitor) -> Sender:
    return Sender(
        address=visitor.id,
        name=visitor.name,
        email=visitor.email,
        language=language_of(visitor.language),
        zone=visitor.zone,
        assurance=Assurance.VERIFIED if visitor.sub else Assurance.NONE,
        external_id=visitor.sub,
    )


def _attachment(file: SentFile) -> Attachment:
    return Attachment(name=file.name, mime=file.mime, size_bytes=file.size_bytes, ref=file.blob)


def _context(visitor: Visitor) -> dict[str, str]:
    page = {"page_url": visitor.page_url, "page_title": visitor.page_title}
    return {key: value for key, value in {**visitor.form, **page}.items() if value}
