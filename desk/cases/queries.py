"""Every read of cases: lists by keyset, one case, what bears on a message's thread."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, literal, select, text, tuple_

from desk.agents.tables import agents
from desk.cases.rules import ACTIVE, Status
from desk.cases.tables import ACTIVE_WHERE, cases
from desk.customers.tables import customers
from desk.db.types import Instant
from desk.kit.errors import NotFound
from desk.messages.tables import messages
from desk.queues.tables import queues

_INTO = cases.alias("into_case")


class CaseRow(Struct, frozen=True, kw_only=True):
    """A case as lists show it."""

    id: int
    number: int
    subject: str
    status: str
    priority: str
    kind: str
    channel: str
    inbox: str
    queue_id: int
    queue_name: str
    assignee_id: int | None
    assignee_name: str | None
    customer_id: int
    customer_name: str | None
    with_bot: bool
    flag: str
    preview: str
    episode: int
    language: str | None
    follows_id: int | None
    tags: list[str]
    snoozed_until: datetime | None
    merged_into: int | None  # the number of the case that has all that was said here
    opened_at: datetime
    last_message_at: datetime
    last_inbound_at: datetime | None
    first_reply_at: datetime | None
    unanswered_since: datetime | None
    resolved_at: datetime | None


class Filter(Struct, frozen=True, kw_only=True):
    """Which cases: every field given narrows the list."""

    statuses: tuple[Status, ...] = tuple(ACTIVE)
    assignee_id: int | None = None
    unassigned: bool = False
    queue_id: int | None = None
    customer_id: int | None = None


def list_cases(
    c: Connection,
    wanted: Filter,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[CaseRow]:
    """Return cases, the last active first; `before` is the keyset (last_message_at, id)."""
    query = _narrow(_rows(), wanted)
    if before is not None:
        # A bare datetime would be bound as text, which SQLite holds larger than any number.
        last = tuple_(literal(before[0], Instant()), literal(before[1]))
        query = query.where(tuple_(cases.c.last_message_at, cases.c.id) < last)
    query = query.order_by(cases.c.last_message_at.desc(), cases.c.id.desc()).limit(limit)
    return [CaseRow(**row._mapping) for row in c.execute(query)]


def by_number(c: Connection, number: int) -> CaseRow:
    """Return the case people call `#number`. Raises NotFound."""
    return _one(c, cases.c.number == number, f"There is no case #{number}.")


def by_id(c: Connection, case_id: int) -> CaseRow:
    """Return one case. Raises NotFound."""
    return _one(c, cases.c.id == case_id, "There is no such case.")


def by_ids(c: Connection, case_ids: list[int]) -> list[CaseRow]:
    """Return those of the cases that exist."""
    return [CaseRow(**row._mapping) for row in c.execute(_rows().where(cases.c.id.in_(case_ids)))]


def of_thread(c: Connection, inbox: str, thread: str) -> int | None:
    """Return the case that the last message of a conversation on a channel went to."""
    if not thread:
        return None
    return c.execute(
        select(messages.c.case_id)
        .where(messages.c.inbox == inbox, messages.c.thread == thread)
        .where(text("messages.thread <> ''"))  # the words of the partial index
        .order_by(messages.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def _rows() -> Select[Any]:
    own = [cases.c[name] for name in CaseRow.__struct_fields__ if name in cases.c]
    return (
        select(
            *own,
            queues.c.name.label("queue_name"),
            agents.c.name.label("assignee_name"),
            customers.c.name.label("customer_name"),
            _INTO.c.number.label("merged_into"),
        )
        .join(queues, queues.c.id == cases.c.queue_id)
        .join(customers, customers.c.id == cases.c.customer_id)
        .outerjoin(agents, agents.c.id == cases.c.assignee_id)
        .outerjoin(_INTO, _INTO.c.id == cases.c.merged_into_id)
    )


def _narrow(query: Select[Any], wanted: Filter) -> Select[Any]:
    is_broad = wanted.assignee_id is None and wanted.queue_id is None
    if is_broad and set(wanted.statuses) == ACTIVE:
        query = query.where(text(ACTIVE_WHERE))  # the words of the partial index
    else:  # the index of an agent or a queue goes on with the status: named, not excluded
        query = query.where(cases.c.status.in_(sorted(wanted.statuses)))
    if wanted.assignee_id is not None:
        query = query.where(cases.c.assignee_id == wanted.assignee_id)
    if wanted.unassigned:
        query = query.where(cases.c.assignee_id.is_(None))
    if wanted.queue_id is not None:
        query = query.where(cases.c.queue_id == wanted.queue_id)
    if wanted.customer_id is not None:
        query = query.where(cases.c.customer_id == wanted.customer_id)
    return query


def _one(c: Connection, condition: ColumnElement[bool], missing: str) -> CaseRow:
    row = c.execute(_rows().where(condition)).one_or_none()
    if row is None:
        raise NotFound(missing)
    return CaseRow(**row._mapping)
