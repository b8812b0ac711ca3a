"""Every read of messages and notes: a case's timeline, what is to be sent, files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, select

from desk.agents.tables import agents
from desk.customers.tables import customers, identities
from desk.kit.errors import NotFound
from desk.messages.actions import Place
from desk.messages.reactions import ReactionView, of_messages
from desk.messages.rules import summary
from desk.messages.tables import attachments, deliveries, external_ids, messages, notes
from desk.ports.messages import Reason, Remark


class FileView(Struct, frozen=True, kw_only=True):
    """An attachment; `problem` says why its bytes are missing."""

    public_id: str
    name: str
    mime: str
    size_bytes: int
    problem: str
    inline: bool  # its message's own formatting shows it
    picture: bool  # browsers can show it: at …/picture
    risk: str  # program, shortcut, disk, macros, page, locked: open with care; "" otherwise
    seen: bool  # an earlier message of the case brought the same file: a logo, as a rule


class DeliveryView(Struct, frozen=True, kw_only=True):
    """One send of one part."""

    id: int
    part: int
    state: str
    reason: str
    attempts: int
    retry_at: datetime | None
    sent_blob: str | None


class MessageView(Struct, frozen=True, kw_only=True, tag="message"):
    """One message in a timeline. `state` sums up its deliveries; "" for a customer's."""

    id: int
    at: datetime
    author: str
    agent_id: int | None
    agent_name: str | None
    identity_id: int
    customer_name: str | None  # of the customer it is from or to
    address: str
    channel: str
    inbox: str
    text: str
    html: str | None
    full_text: str | None
    subject: str | None
    automation: str | None
    genuine: bool | None
    remarks: list[Remark]
    recipients: list[str]  # addressed besides: of ours, who got a copy
    trace: list[Reason]  # why it is in this case, and what was not done with it
    choices: list[dict[str, Any]]
    client_id: str | None
    edited: bool
    deleted: bool
    original: bool  # its payload, as it came or left, is kept
    files: list[FileView]
    deliveries: list[DeliveryView]
    reactions: list[ReactionView]
    state: str


class NoteView(Struct, frozen=True, kw_only=True, tag="note"):
    """One note in a timeline: for colleagues only."""

    id: int
    at: datetime
    agent_id: int | None
    agent_name: str | None
    text: str
    html: str
    client_id: str | None


def messages_of(
    c: Connection, case_id: int, *, before_id: int | None = None, limit: int = 100
) -> list[MessageView]:
    """Return the last `limit` messages of a case (before `before_id`), oldest first."""
    query = _with_names().where(messages.c.case_id == case_id)
    if before_id is not None:
        query = query.where(messages.c.id < before_id)
    rows = list(c.execute(query.order_by(messages.c.id.desc()).limit(limit)))[::-1]
    ids = [row.id for row in rows]
    files, sends, emoji = _files(c, ids), _deliveries(c, ids), of_messages(c, ids)
    return [
        _message(row, files.get(row.id, []), sends.get(row.id, []), emoji.get(row.id, []))
        for row in rows
    ]


def message(c: Connection, message_id: int) -> MessageView:
    """Return one message. Raises NotFound."""
    row = c.execute(_with_names().where(messages.c.id == message_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such message.")
    files, sends = _files(c, [row.id]), _deliveries(c, [row.id])
    emoji = of_messages(c, [row.id]).get(row.id, [])
    return _message(row, files.get(row.id, []), sends.get(row.id, []), emoji)


def arrival_of(c: Connection, message_id: int) -> int | None:
    """Return the arrival that a message came in, None for ours."""
    return c.scalar(select(messages.c.arrival_id).where(messages.c.id == message_id))


def label_of(c: Connection, message_id: int, value: str) -> str:
    """Return what stands on the button of a message that gives `value`, "" if none does."""
    choices = c.scalar(select(messages.c.choices).where(messages.c.id == message_id)) or []
    return next((str(one["label"]) for one in choices if one["value"] == value), "")


def place_of(c: Connection, message_id: int) -> Place:
    """Return where a message belongs. Raises NotFound."""
    row = c.execute(select(messages).where(messages.c.id == message_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such message.")
    return Place(
        case_id=row.case_id,
        identity_id=row.identity_id,
        inbox=row.inbox,
        channel=row.channel,
        thread=row.thread,
    )


def by_client_id(c: Connection, client_id: str) -> Row[Any] | None:
    """Return the row of the message already written under this idempotency key, if any."""
    return c.execute(select(messages).where(messages.c.client_id == client_id)).one_or_none()


def notes_of(c: Connection, case_id: int, *, limit: int = 200) -> list[NoteView]:
    """Return the last notes of a case, oldest first."""
    rows = c.execute(
        select(notes, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.id == notes.c.agent_id)
        .where(notes.c.case_id == case_id)
        .order_by(notes.c.id.desc())
        .limit(limit)
    )
    return [_note(row) for row in rows][::-1]


def note_by_client_id(c: Connection, client_id: str) -> Row[Any] | None:
    """Return the row of the note already written under this idempotency key, if any."""
    return c.execute(select(notes).where(notes.c.client_id == client_id)).one_or_none()


def note(c: Connection, note_id: int) -> NoteView:
    """Return one note. Raises NotFound."""
    row = c.execute(
        select(notes, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.id == notes.c.agent_id)
        .where(notes.c.id == note_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such note.")
    return _note(row)


def last_before(c: Connection, at: datetime) -> int:
    """Return the id of the last message written before `at`, 0 for none: later ones are above."""
    older = (
        select(messages.c.id)
        .where(messages.c.created_at <= at)
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    return c.execute(older).scalar_one_or_none() or 0


def thread_ids(c: Connection, case_id: int, inbox: str, limit: int = 30) -> list[str]:
    """Return the network's ids of a case's messages in one inbox, oldest first."""
    rows = c.scalars(
        select(external_ids.c.external_id)
        .join(messages, messages.c.id == external_ids.c.message_id)
        .where(messages.c.case_id == case_id, external_ids.c.inbox == inbox)
        .order_by(messages.c.id.desc())
        .limit(limit)
    )
    return list(rows)[::-1]


def last_inbound(c: Connection, case_id: int, identity_id: int, inbox: str) -> Any | None:
    """Return the row of the last message this identity wrote in a case, with its external id.

    Of one inbox: in another the same id may be somebody else's message.
    """
    return c.execute(
        select(messages, external_ids.c.external_id)
        .outerjoin(external_ids, external_ids.c.message_id == messages.c.id)
        .where(
            messages.c.case_id == case_id,
            messages.c.identity_id == identity_id,
            messages.c.inbox == inbox,
            messages.c.author == "customer",
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    ).one_or_none()


def last_place(c: Connection, case_id: int, identity_id: int | None) -> Any | None:
    """Return identity, inbox, channel and thread of a customer's last message.

    Without `identity_id`: the last in this case. With it: his last there, in this case if he
    wrote in it, else in any.
    """
    query = select(
        messages.c.identity_id, messages.c.inbox, messages.c.channel, messages.c.thread
    ).where(messages.c.author == "customer")
    newest = messages.c.id.desc()
    if identity_id is None:
        return c.execute(
            query.where(messages.c.case_id == case_id, messages.c.automation.is_(None))
            .order_by(newest)
            .limit(1)
        ).one_or_none()
    here_first = (messages.c.case_id == case_id).desc()
    mine = query.where(messages.c.identity_id == identity_id)
    return c.execute(mine.order_by(here_first, newest).limit(1)).one_or_none()


def file(c: Connection, public_id: str) -> Any:
    """Return an attachment's row with the case it belongs to. Raises NotFound."""
    row = c.execute(
        select(attachments, messages.c.case_id)
        .join(messages, messages.c.id == attachments.c.message_id)
        .where(attachments.c.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such file.")
    return row


def pictures(c: Connection, message_id: int) -> list[Row[Any]]:
    """Return the rows of a message's pictures that its HTML names."""
    rows = c.execute(
        select(attachments)
        .where(
            attachments.c.message_id == message_id,
            attachments.c.content_id.is_not(None),
            attachments.c.picture.is_not(None),
            attachments.c.blob.is_not(None),
        )
        .order_by(attachments.c.id)
    )
    return list(rows)


def _with_names() -> Select[Any]:
    return (
        select(
            messages,
            agents.c.name.label("agent_name"),
            customers.c.name.label("customer_name"),
            identities.c.address,
        )
        .outerjoin(agents, agents.c.id == messages.c.agent_id)
        .join(identities, identities.c.id == messages.c.identity_id)
        .join(customers, customers.c.id == identities.c.customer_id)
    )


def _files(c: Connection, message_ids: Sequence[int]) -> dict[int, list[FileView]]:
    found: dict[int, list[FileView]] = {}
    earlier, its = attachments.alias("earlier"), messages.alias("its")
    is_known = (
        select(earlier.c.id)
        .join(its, its.c.id == earlier.c.message_id)
        .where(
            its.c.case_id == messages.c.case_id,
            earlier.c.message_id < attachments.c.message_id,
            earlier.c.blob == attachments.c.blob,
        )
        .exists()
    )
    query = (
        select(attachments, is_known.label("seen"))
        .join(messages, messages.c.id == attachments.c.message_id)
        .where(attachments.c.message_id.in_(message_ids))
    )
    for row in c.execute(query.order_by(attachments.c.id)) if message_ids else ():
        view = FileView(
            public_id=row.public_id,
            name=row.name,
            mime=row.mime,
            size_bytes=row.size_bytes,
            problem=row.problem,
            inline=row.inline,
            picture=row.picture is not None,
            risk=row.risk or "",
            seen=row.seen,
        )
        found.setdefault(row.message_id, []).append(view)
    return found


def _deliveries(c: Connection, message_ids: Sequence[int]) -> dict[int, list[DeliveryView]]:
    found: dict[int, list[DeliveryView]] = {}
    query = select(deliveries).where(deliveries.c.message_id.in_(message_ids))
    for row in c.execute(query.order_by(deliveries.c.id)) if message_ids else ():
        view = DeliveryView(
            id=row.id,
            part=row.part,
            state=row.state,
            reason=row.reason,
            attempts=row.attempts,
            retry_at=row.retry_at,
            sent_blob=row.sent_blob,
        )
        found.setdefault(row.message_id, []).append(view)
    return found


def _message(
    row: Any, files: list[FileView], sends: list[DeliveryView], emoji: list[ReactionView]
) -> MessageView:
    deleted = row.deleted_at is not None
    return MessageView(
        id=row.id,
        at=row.created_at,
        author=row.author,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        identity_id=row.identity_id,
        customer_name=row.customer_name,
        address=row.address,
        channel=row.channel,
        inbox=row.inbox,
        text="" if deleted else row.text,
        html=None if deleted else row.html,
        full_text=None if deleted else row.full_text,
        subject=row.subject,
        automation=row.automation,
        genuine=row.genuine,
        remarks=[Remark(**one) for one in row.remarks or ()],
        recipients=row.recipients or [],
        trace=[Reason(**one) for one in row.trace or ()],
        choices=row.choices,
        client_id=row.client_id,
        edited=row.edited_at is not None,
        deleted=deleted,
        original=_has_original(row, sends),
        files=files,
        deliveries=sends,
        reactions=emoji,
        state=summary([send.state for send in sends]),
    )


def _has_original(row: Any, sends: Sequence[DeliveryView]) -> bool:
    return row.arrival_id is not None or any(send.sent_blob for send in sends)


def _note(row: Any) -> NoteView:
    return NoteView(
        id=row.id,
        at=row.created_at,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        text=row.text,
        html=row.html,
        client_id=row.client_id,
    )
