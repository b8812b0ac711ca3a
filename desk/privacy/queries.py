"""Every read of privacy requests, and what an archive is made of."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, select

from desk.agents.tables import agents
from desk.arrivals import queries as arrivals
from desk.cases.tables import cases
from desk.customers import erasing as people
from desk.customers import queries as customers
from desk.kit.errors import NotFound
from desk.messages.tables import attachments, messages, notes
from desk.privacy.tables import privacy_requests
from desk.satisfaction import erasing as ratings

PAGE = 50


class RequestView(Struct, frozen=True, kw_only=True):
    """One request, and how far it is."""

    id: int
    kind: str
    customer_id: int
    name: str
    asked_by: str
    state: str
    asked_at: datetime
    due_at: datetime
    done_at: datetime | None
    counts: dict[str, int]
    expires_at: datetime | None
    blob: str | None


class Saying(Struct, frozen=True, kw_only=True):
    """One message in an archive. `case` is the number shown."""

    id: int
    case: int
    at: datetime
    author: str
    channel: str
    subject: str | None
    text: str
    arrival_id: int | None
    files: list[dict[str, Any]]


def newest(c: Connection, *, before_id: int | None = None, limit: int = PAGE) -> list[RequestView]:
    """Return requests, the newest first."""
    query = _views()
    if before_id is not None:
        query = query.where(privacy_requests.c.id < before_id)
    rows = c.execute(query.order_by(privacy_requests.c.id.desc()).limit(limit))
    return [_view(row) for row in rows]


def one(c: Connection, request_id: int) -> RequestView:
    """Return a request. Raises NotFound."""
    row = c.execute(_views().where(privacy_requests.c.id == request_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such request.")
    return _view(row)


def about(c: Connection, customer_id: int) -> dict[str, Any]:
    """Return what the desk knows of a person, but for what was said: plain data. Raises NotFound.

    The columns are those of the record, so that a new one is in the next archive.
    """
    shown = customers.show(c, customer_id)
    who = people.person(c, shown.id)
    his = c.execute(select(cases).where(cases.c.customer_id.in_(who.customer_ids))).all()
    noted = select(notes).where(notes.c.case_id.in_([row.id for row in his])).order_by(notes.c.id)
    keep = ("number", "subject", "status", "channel", "language", "tags", "opened_at", "closed_at")
    return {
        "customer": shown,
        "cases": [{name: row._mapping[name] for name in keep} for row in his],
        "ratings": ratings.of_person(c, who.customer_ids),
        "notes": [{"at": row.created_at, "text": row.text} for row in c.execute(noted)],
    }


def said(c: Connection, customer_id: int, after: int, limit: int) -> list[Saying]:
    """Return what a person said and what was said to him, oldest first, with the files."""
    who = people.person(c, customers.current_id(c, customer_id))
    rows = c.execute(
        select(messages, cases.c.number)
        .join(cases, cases.c.id == messages.c.case_id)
        .where(messages.c.identity_id.in_(who.identity_ids), messages.c.id > after)
        .order_by(messages.c.id)
        .limit(limit)
    ).all()
    files: dict[int, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for file in c.execute(select(attachments).where(attachments.c.message_id.in_(list(files)))):
        fields = {"id": file.id, "name": file.name, "mime": file.mime, "blob": file.blob}
        files[file.message_id].append(fields)
    return [_saying(row, files[row.id]) for row in rows]


def payload(c: Connection, arrival_id: int) -> bytes:
    """Return what came in, as it came. Raises NotFound."""
    return arrivals.fetch(c, arrival_id).raw


def _saying(row: Row[Any], files: list[dict[str, Any]]) -> Saying:
    return Saying(
        id=row.id,
        case=row.number,
        at=row.created_at,
        author=row.author,
        channel=row.channel,
        subject=row.subject,
        text=row.full_text or row.text,
        arrival_id=row.arrival_id,
        files=files,
    )


def _views() -> Any:
    return select(privacy_requests, agents.c.name.label("asked_by")).join(
        agents, agents.c.id == privacy_requests.c.agent_id
    )


def _view(row: Row[Any]) -> RequestView:
    return RequestView(**{name: row._mapping[name] for name in RequestView.__struct_fields__})
