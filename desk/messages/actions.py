"""Every write to messages and notes. Deliveries are next door, in deliveries.py."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from desk.db.upsert import insert_new, insert_new_id
from desk.events import log
from desk.events.actors import Actor
from desk.events.facts import MessageChanged, NoteAdded
from desk.kit.errors import Conflict
from desk.kit.ids import new_id
from desk.kit.text import clean, indexed, one_line
from desk.messages.tables import attachments, external_ids, message_versions, messages, notes
from desk.ports.messages import Choice, InboundMessage, MessageSent, Reason, Remark

KEY_IS_TAKEN = "This client_id was used for something else: take a new one for each text."

_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")  # change the reading direction


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file whose bytes are in the blob store; `blob` None when they could not be had."""

    name: str
    mime: str
    size_bytes: int
    blob: str | None
    problem: str = ""
    content_id: str | None = None
    inline: bool = False
    picture: str | None = None  # its type by its bytes, when browsers can show it
    risk: str = ""  # why to open it with care


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
    recipients: tuple[str, ...] = ()  # who gets a copy
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
    """Store a customer's message and return its id. The caller has checked `find_external`.

    Raises:
        Conflict: another process stored the same message in this moment; run the unit again.
    """
    row: dict[str, object] = {
        "text": clean(message.text),
        "html": clean(message.html) if message.html is not None else None,
        "full_text": clean(message.full_text) if message.full_text is not None else None,
        "subject": clean(message.subject)[:998] if message.subject else None,
        "in_reply_to": indexed(message.in_reply_to[0]) if message.in_reply_to else None,
        "automation": message.automation.value if message.automation else None,
        "genuine": message.genuine,
        "remarks": _remarks(message.remarks),
        "recipients": _addresses(message.recipients),
        "trace": [_step(one) for one in message.trace] or None,
        "author": "customer",
        "choices": [],
        "arrival_id": arrival_id,
        "sent_at": _believable(message.sent_at),
    }
    message_id = _insert(c, place, row, now=now)
    if not remember_external(c, place.inbox, message.external_id, message_id):
        raise Conflict("Another process stored this message in the same moment; try again.")
    attach(c, message_id, files)
    return message_id


def keep_sent(
    c: Connection,
    sent: MessageSent,
    place: Place,
    files: Sequence[StoredFile],
    *,
    agent_id: int | None,
    now: datetime,
) -> int:
    """Store what one of us wrote outside of the desk and return its id; it is sent already.

    Raises:
        Conflict: another process stored the same message in this moment; run the unit again.
    """
    row: dict[str, object] = {
        "text": clean(sent.text),
        "html": clean(sent.html) if sent.html is not None else None,
        "full_text": clean(sent.full_text) if sent.full_text is not None else None,
        "subject": clean(sent.subject)[:998] if sent.subject else None,
        "in_reply_to": indexed(sent.in_reply_to[0]) if sent.in_reply_to else None,
        "author": "agent",
        "agent_id": agent_id,
        "genuine": sent.genuine,
        "recipients": _addresses(sent.recipients),
        "choices": [],
        "sent_at": _believable(sent.sent_at),
    }
    message_id = _insert(c, place, row, now=now)
    if not remember_external(c, place.inbox, sent.external_id, message_id):
        raise Conflict("Another process stored this message in the same moment; try again.")
    attach(c, message_id, files)
    return message_id


def write(c: Connection, written: Written, place: Place, *, now: datetime) -> int:
    """Store what one of us wrote and return its id. Sending it is a delivery's business.

    Raises:
        Conflict: its `client_id` was used for something else.
    """
    row = {
        "text": clean(written.text),
        "html": written.html,
        "author": written.author,
        "agent_id": written.agent_id,
        "choices": [
            {"label": ch.label, "value": ch.value, "url": ch.url} for ch in written.choices
        ],
        "recipients": _addresses(written.recipients),
        "client_id": written.client_id,
    }
    message_id = _insert(c, place, row, now=now)
    attach(c, message_id, written.files)
    return message_id


def explain(c: Connection, message_id: int, reason: Reason) -> None:
    """Add a step to the trace of a message: what the desk did with it, or did not, and why."""
    mine = messages.c.id == message_id
    before = c.scalar(select(messages.c.trace).where(mine).with_for_update()) or []
    c.execute(update(messages).where(mine).values(trace=[*before, _step(reason)]))


def find_external(c: Connection, inbox: str, external_id: str) -> int | None:
    """Return the message that has this id on this inbox's network, if we have it."""
    return c.execute(
        select(external_ids.c.message_id).where(
            external_ids.c.inbox == inbox, external_ids.c.external_id == indexed(external_id)
        )
    ).scalar_one_or_none()


def remember_external(c: Connection, inbox: str, external_id: str, message_id: int) -> bool:
    """Tie a network's id to a message: replies, edits and reports find it by that.

    Return False when the id is tied to a message already; then nothing changes.
    """
    row = {"inbox": inbox, "external_id": indexed(external_id), "message_id": message_id}
    return insert_new(c, external_ids, row, ["inbox", "external_id"])


def attach(c: Connection, message_id: int, files: Sequence[StoredFile]) -> None:
    """Tie stored files to a message."""
    rows = [
        {
            "public_id": new_id(),
            "message_id": message_id,
            "name": _file_name(file.name),
            "mime": _mime(file.mime),
            "size_bytes": file.size_bytes,
            "blob": file.blob,
            "problem": clean(file.problem)[:1000],
            "content_id": clean(file.content_id)[:998] if file.content_id else None,
            "inline": file.inline,
            "picture": file.picture,
            "risk": file.risk or None,
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
    row = c.execute(select(messages).where(messages.c.id == message_id).with_for_update()).one()
    text, html = clean(text), clean(html) if html is not None else None
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
    """Store a note for colleagues and return its id. It is never sent to anybody.

    Raises:
        Conflict: its `client_id` was used for something else.
    """
    row = {
        "public_id": new_id(),
        "case_id": draft.case_id,
        "agent_id": actor.id,
        "text": clean(draft.text),
        "html": draft.html,
        "client_id": draft.client_id,
        "created_at": now,
    }
    note_id = insert_new_id(c, notes, row, ["client_id"])
    if note_id is None:
        raise Conflict(KEY_IS_TAKEN)
    log.append(c, NoteAdded(note_id=note_id), now=now, actor=actor, case_id=draft.case_id)
    return note_id


def _insert(c: Connection, place: Place, row: Mapping[str, object], *, now: datetime) -> int:
    values = {
        "public_id": new_id(),
        "case_id": place.case_id,
        "identity_id": place.identity_id,
        "inbox": place.inbox,
        "channel": place.channel,
        "thread": place.thread,
        "created_at": now,
        **row,
    }
    message_id = insert_new_id(c, messages, values, ["client_id"])
    if message_id is None:
        raise Conflict(KEY_IS_TAKEN)
    return message_id


def _remarks(remarks: Sequence[Remark]) -> list[dict[str, str]] | None:
    kept = [{"code": one.code, "detail": clean(one.detail)[:300]} for one in remarks]
    return kept or None


def _step(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "words": clean(reason.words)[:500]}


def _addresses(recipients: Sequence[str]) -> list[str] | None:
    return [clean(one)[:320] for one in recipients] or None


def _believable(sent_at: datetime | None) -> datetime | None:
    """Return when the sender's clock says he wrote, or None for what no clock says."""
    if sent_at is None or sent_at.tzinfo is None or not 1971 <= sent_at.year <= 9000:
        return None
    return sent_at


def _file_name(name: str) -> str:
    """Return a name that reads as it is: "gpj.exe" written backwards is no picture."""
    return _TURNS.sub("", one_line(name))[:200] or "file"


def _mime(claimed: str) -> str:
    """Return a type that can stand in a header, without its parameters."""
    bare = claimed.partition(";")[0].strip().lower()
    return bare if _MIME.fullmatch(bare) else "application/octet-stream"
