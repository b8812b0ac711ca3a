"""Every write to messages and notes. Deliveries are next door, in deliveries.py."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from desk.db.upsert import insert_new
from desk.events import log
from desk.events.actors import Actor
from desk.events.facts import MessageChanged, NoteAdded
from desk.kit.ids import new_id
from desk.kit.text import clean
from desk.messages.tables import attachments, external_ids, message_versions, messages, notes
from desk.ports.messages import Choice, InboundMessage


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file whose bytes are in the blob store; `blob` None when they could not be had."""

    name: str
    mime: str
    size_bytes: int
    blob: str | None
    problem: str = ""
    content_id: str | None = None
    inline: bool = False


class Place(Struct, frozen=True, kw_only=True):
    """Where a message belongs: its case, its customer's identity, its inbox."""

    case_id: int
    identity_id: int
    inbox: str
    channel: str
    thread: str = ""


class Written(Struct, frozen=True, kw_only=True):
    """What one of us wrote to a customer: Markdown, with the HTML of it for screens."""

    text: str
    html: str
    author: str  # agent | bot | system
    agent_id: int | None = None
    choices: tuple[Choice, ...] = ()
    files: tuple[StoredFile, ...] = ()
    client_id: str | None = None


def receive(
    c: Connection,
    message: InboundMessage,
    place: Place,
    files: Sequence[StoredFile],
    *,
    arrival_id: int | None,
    now: datetime,
) -> int:
    """Store a customer's message and return its id. The caller has checked `find_external`."""
    row: dict[str, object] = {
        "text": clean(message.text),
        "html": clean(message.html) if message.html is not None else None,
        "full_text": clean(message.full_text) if message.full_text is not None else None,
        "subject": clean(message.subject)[:998] if message.subject else None,
        "in_reply_to": message.in_reply_to[0] if message.in_reply_to else None,
        "automation": message.automation.value if message.automation else None,
        "author": "customer",
        "choices": [],
        "arrival_id": arrival_id,
        "sent_at": message.sent_at,
    }
    message_id = _insert(c, place, row, now=now)
    remember_external(c, place.inbox, message.external_id, message_id)
    attach(c, message_id, files)
    return message_id


def write(c: Connection, written: Written, place: Place, *, now: datetime) -> int:
    """Store what one of us wrote and return its id. Sending it is a delivery's business."""
    row = {
        "text": clean(written.text),
        "html": written.html,
        "author": written.author,
        "agent_id": written.agent_id,
        "choices": [
            {"label": ch.label, "value": ch.value, "url": ch.url} for ch in written.choices
        ],
        "client_id": written.client_id,
    }
    message_id = _insert(c, place, row, now=now)
    attach(c, message_id, written.files)
    return message_id


def find_external(c: Connection, inbox: str, external_id: str) -> int | None:
    """Return the message that has this id on this inbox's network, if we have it."""
    return c.execute(
        select(external_ids.c.message_id).where(
            external_ids.c.inbox == inbox, external_ids.c.external_id == external_id
        )
    ).scalar_one_or_none()


def remember_external(c: Connection, inbox: str, external_id: str, message_id: int) -> None:
    """Tie a network's id to a message: replies, edits and reports find it by that."""
    row = {"inbox": inbox, "external_id": external_id, "message_id": message_id}
    insert_new(c, external_ids, row, ["inbox", "external_id"])


def attach(c: Connection, message_id: int, files: Sequence[StoredFile]) -> None:
    """Tie stored files to a message."""
    rows = [
        {
            "public_id": new_id(),
            "message_id": message_id,
            "name": clean(file.name)[:200],
            "mime": file.mime,
            "size_bytes": file.size_bytes,
            "blob": file.blob,
            "problem": file.problem,
            "content_id": file.content_id,
            "inline": file.inline,
        }
        for file in files
    ]
    if rows:
        c.execute(insert(attachments), rows)


def edit(
    c: Connection,
    message_id: int,
    text: str,
    html: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> bool:
    """Replace a message's text and keep the version before; False when nothing changed."""
    row = c.execute(select(messages).where(messages.c.id == message_id)).one()
    text = clean(text)
    if row.text == text:
        return False
    version = {"text": row.text, "html": row.html, "replaced_at": now}
    c.execute(insert(message_versions).values(message_id=message_id, **version))
    c.execute(
        update(messages)
        .where(messages.c.id == message_id)
        .values(text=text, html=html, edited_at=now)
    )
    fact = MessageChanged(message_id=message_id)
    log.append(c, fact, now=now, actor=actor, case_id=row.case_id)
    return True


def tombstone(c: Connection, message_id: int, *, actor: Actor, now: datetime) -> None:
    """Mark a message as taken back by its author; its text stays for those who may see it."""
    case_id = c.execute(
        update(messages)
        .where(messages.c.id == message_id, messages.c.deleted_at.is_(None))
        .values(deleted_at=now)
        .returning(messages.c.case_id)
    ).scalar_one_or_none()
    if case_id is not None:
        fact = MessageChanged(message_id=message_id, deleted=True)
        log.append(c, fact, now=now, actor=actor, case_id=case_id)


class NoteDraft(Struct, frozen=True, kw_only=True):
    """A note to be: another type than Written, so that no sending function can take it."""

    case_id: int
    text: str
    html: str
    client_id: str | None = None


def add_note(c: Connection, draft: NoteDraft, *, actor: Actor, now: datetime) -> int:
    """Store a note for colleagues and return its id. It is never sent to anybody."""
    note_id: int = c.execute(
        insert(notes)
        .values(
            public_id=new_id(),
            case_id=draft.case_id,
            agent_id=actor.id,
            text=clean(draft.text),
            html=draft.html,
            client_id=draft.client_id,
            created_at=now,
        )
        .returning(notes.c.id)
    ).scalar_one()
    log.append(c, NoteAdded(note_id=note_id), now=now, actor=actor, case_id=draft.case_id)
    return note_id


def _insert(c: Connection, place: Place, row: Mapping[str, object], *, now: datetime) -> int:
    message_id: int = c.execute(
        insert(messages)
        .values(
            public_id=new_id(),
            case_id=place.case_id,
            identity_id=place.identity_id,
            inbox=place.inbox,
            channel=place.channel,
            thread=place.thread,
            created_at=now,
            **row,
        )
        .returning(messages.c.id)
    ).scalar_one()
    return message_id
