"""What an agent writes to an inbox from his own address: his answer, or a note to colleagues.

Only where the mail server vouches for him, and in a case that he works in; elsewhere he is a
customer like any other, for whoever takes his address must not speak for the desk.
"""

from datetime import datetime

from sqlalchemy import Connection

from bot.intake import Desk
from channels import richtext
from desk.cases import elsewhere, talk, writers
from desk.events import actors
from desk.kit.text import indexed
from desk.messages import queries as said
from desk.messages.actions import NoteDraft, StoredFile
from desk.ports.messages import InboundMessage, MessageSent


def take(
    c: Connection,
    desk: Desk,
    message: InboundMessage,
    files: tuple[StoredFile, ...],
    now: datetime,
) -> bool:
    """Record an agent's mail as what it is; return False when it is a customer's message."""
    agent_id = _agent(c, desk, message)
    if agent_id is None:
        return False
    sent = _as_sent(message)
    case_id = elsewhere.case_of(c, desk.inbox.key, sent)
    if case_id is None or not elsewhere.works_in(c, case_id, agent_id):
        return False
    if elsewhere.reaches_customer(c, case_id, message.recipients):
        place = elsewhere.place_of(c, desk.inbox.key, desk.inbox.channel, case_id, sent)
        elsewhere.take_sent(c, sent, place, files, agent_id=agent_id, now=now)
        return True
    if files or not message.text.strip():
        return False  # a note has no files: as a message it keeps them
    _note(c, desk, message, case_id, agent_id, now)
    return True


def _agent(c: Connection, desk: Desk, message: InboundMessage) -> int | None:
    if not desk.machines_write or not message.genuine or message.automation is not None:
        return None
    if message.forwarded is not None:
        return None
    return writers.colleague(c, message.sender.address)


def _note(
    c: Connection, desk: Desk, message: InboundMessage, case_id: int, agent_id: int, now: datetime
) -> None:
    key = indexed(f"{desk.inbox.key} {message.external_id}")
    if said.note_by_client_id(c, key) is None:
        html = richtext.render_html(richtext.parse_plain(message.text))
        draft = NoteDraft(case_id=case_id, text=message.text, html=html, client_id=key)
        talk.note(c, draft, actor=actors.agent(agent_id), now=now)


def _as_sent(message: InboundMessage) -> MessageSent:
    return MessageSent(
        external_id=message.external_id,
        writer=message.sender,
        text=message.text,
        thread=message.thread,
        html=message.html,
        full_text=message.full_text,
        subject=message.subject,
        sent_at=message.sent_at,
        in_reply_to=message.in_reply_to,
        recipients=message.recipients,
        attachments=message.attachments,
        genuine=True,
        case_id=message.case_id,
    )
