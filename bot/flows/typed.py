"""A digit typed under the question how it went counts as the press of that button."""

from datetime import datetime

from sqlalchemy import Connection

from desk.customers import queries as people
from desk.messages import places
from desk.ports.messages import ButtonPressed, InboundMessage
from desk.satisfaction import queries
from desk.satisfaction.rules import typed_score, value_of


def press_of(
    c: Connection, inbox: str, message: InboundMessage, *, now: datetime
) -> ButtonPressed | None:
    """Return the press that a message stands for, None for a message like any other.

    The question is the last that was said there, was put to him who types, and waits for an
    answer; the same digit once more is the same press.
    """
    score = typed_score(message.text)
    if score is None or message.automation or message.attachments or message.wants_person:
        return None
    last = places.last_said(c, inbox, message.thread)
    rating = queries.by_message(c, last.message_id) if last is not None else None
    if last is None or rating is None:
        return None
    waits = rating.score is None and now < rating.expires_at
    asked = people.identity(c, rating.identity_id)
    if asked.address != message.sender.address or not (waits or rating.score == score):
        return None
    return ButtonPressed(
        external_id=message.external_id,
        source_external_id=last.external_id,
        sender=message.sender,
        thread=message.thread,
        value=value_of(score),
    )
