"""Every read of notices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from desk.agents.tables import agents
from desk.cases.tables import cases
from desk.notices.rules import WORDS, Kind
from desk.notices.tables import notice_wishes, notices

PAGE = 50


class NoticeView(Struct, frozen=True, kw_only=True):
    """One thing an agent should know. `number` and `subject` are of the case it is about."""

    id: int
    kind: Kind
    words: str
    detail: str
    by: str
    times: int
    at: datetime
    seen: bool
    case_id: int | None
    number: int | None
    subject: str | None


class Wishes(Struct, frozen=True, kw_only=True):
    """How an agent wants to hear of things. `unreachable`: why his address takes no mail."""

    letters: bool = True
    muted: tuple[Kind, ...] = ()
    quiet_from: str = ""
    quiet_to: str = ""
    zone: str = "UTC"
    unreachable: str = ""


def newest(
    c: Connection, agent_id: int, *, before: tuple[datetime, int] | None = None, limit: int = PAGE
) -> list[NoticeView]:
    """Return an agent's notices, the newest first; one that came again is new again."""
    query = _views().where(notices.c.agent_id == agent_id)
    if before is not None:
        at, notice_id = before
        earlier = and_(notices.c.at == at, notices.c.id < notice_id)
        query = query.where(or_(notices.c.at < at, earlier))
    newest_first = (notices.c.at.desc(), notices.c.id.desc())
    return [_view(row) for row in c.execute(query.order_by(*newest_first).limit(limit))]


def unseen(c: Connection, agent_id: int) -> int:
    """Return how many notices an agent has not seen."""
    count = select(func.count()).select_from(notices)
    where = (notices.c.agent_id == agent_id, notices.c.seen_at.is_(None))
    return c.scalar(count.where(*where)) or 0


def untold(c: Connection, agent_id: int, muted: Sequence[Kind]) -> list[NoticeView]:
    """Return what an agent has neither seen nor been told by letter, oldest first."""
    query = _views().where(
        notices.c.agent_id == agent_id,
        notices.c.seen_at.is_(None),
        notices.c.lettered_at.is_(None),
        notices.c.kind.not_in([kind.value for kind in muted]),
    )
    return [_view(row) for row in c.execute(query.order_by(notices.c.id).limit(PAGE))]


def wishes(c: Connection, agent_id: int) -> Wishes:
    """Return how an agent wants to hear of things."""
    row = c.execute(select(notice_wishes).where(notice_wishes.c.agent_id == agent_id)).one_or_none()
    if row is None:
        return Wishes()
    return Wishes(
        letters=row.letters,
        muted=tuple(Kind(one) for one in row.muted),
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        zone=row.zone,
        unreachable=row.unreachable,
    )


def working(c: Connection) -> dict[int, str]:
    """Return the names of those who work here, by id."""
    rows = c.execute(select(agents.c.id, agents.c.name).where(agents.c.active))
    return {row.id: row.name for row in rows}


def of_role(c: Connection, *roles: str) -> list[int]:
    """Return who works here in one of these roles."""
    where = (agents.c.active, agents.c.role.in_(roles))
    return list(c.scalars(select(agents.c.id).where(*where)))


def _views() -> Select[Any]:
    return select(notices, cases.c.number, cases.c.subject).join(
        cases, cases.c.id == notices.c.case_id, isouter=True
    )


def _view(row: Row[Any]) -> NoticeView:
    kind = Kind(row.kind)
    return NoticeView(
        id=row.id,
        kind=kind,
        words=WORDS[kind],
        detail=row.detail,
        by=row.by,
        times=row.times,
        at=row.at,
        seen=row.seen_at is not None,
        case_id=row.case_id,
        number=row.number,
        subject=row.subject,
    )
