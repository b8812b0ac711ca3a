"""Every write to notices."""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, delete, insert, select, update

from desk.agents.tables import agents
from desk.cases.tables import cases
from desk.db.upsert import put
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.staff import AgentUnreachable, NoticeRaised, NoticesSeen
from desk.kit.errors import Invalid
from desk.kit.text import clean, shorten
from desk.messages.tables import messages
from desk.notices import queries
from desk.notices.queries import Wishes
from desk.notices.rules import Kind, hour
from desk.notices.tables import notice_wishes, notices


class Told(Struct, frozen=True, kw_only=True):
    """What there is to know. `by` is who caused it."""

    kind: Kind
    case_id: int | None = None
    detail: str = ""
    by: str = ""


def tell(c: Connection, agent_id: int, told: Told, *, now: datetime) -> int:
    """Let an agent know; return the notice's id. The same again, unseen, counts up."""
    values = {"detail": shorten(clean(told.detail), 300), "by": clean(told.by)[:200], "at": now}
    same = (
        notices.c.agent_id == agent_id,
        notices.c.case_id == told.case_id,
        notices.c.kind == told.kind.value,
        notices.c.seen_at.is_(None),
        notices.c.lettered_at.is_(None),
    )
    known = update(notices).where(*same).values(times=notices.c.times + 1, **values)
    notice_id = c.scalars(known.returning(notices.c.id)).first()
    if notice_id is None:
        row = values | {"agent_id": agent_id, "case_id": told.case_id, "kind": told.kind.value}
        fresh = insert(notices).values(times=1, **row).returning(notices.c.id)
        notice_id = c.execute(fresh).scalar_one()
    fact = NoticeRaised(agent_id=agent_id, notice_id=notice_id, notice=told.kind.value)
    log.append(c, fact, now=now, actor=SYSTEM)
    return int(notice_id)


def see(c: Connection, agent_id: int, *, now: datetime, case_number: int | None = None) -> None:
    """Mark an agent's notices as seen: those of one case, or all."""
    where = [notices.c.agent_id == agent_id, notices.c.seen_at.is_(None)]
    if case_number is not None:
        of_case = select(cases.c.id).where(cases.c.number == case_number).scalar_subquery()
        where.append(notices.c.case_id == of_case)
    if c.execute(update(notices).where(*where).values(seen_at=now)).rowcount:
        log.append(c, NoticesSeen(agent_id=agent_id), now=now, actor=SYSTEM)


def lettered(
    c: Connection, notice_ids: list[int], *, until: datetime | None = None, now: datetime
) -> None:
    """Note that these were told by letter; what has changed after `until` was not."""
    told = update(notices).where(notices.c.id.in_(notice_ids), notices.c.at <= (until or now))
    c.execute(told.values(lettered_at=now))


def wish(c: Connection, agent_id: int, wishes: Wishes) -> None:
    """Keep how an agent wants to hear of things. Raises Invalid for times that are none.

    Saving them anew tries an address again that took no mail.
    """
    if bool(wishes.quiet_from) != bool(wishes.quiet_to):
        raise Invalid("Quiet hours need a beginning and an end.", pointer="/quiet_to")
    for text in filter(None, (wishes.quiet_from, wishes.quiet_to)):
        hour(text)
    row = {
        "agent_id": agent_id,
        "letters": wishes.letters,
        "muted": [kind.value for kind in wishes.muted],
        "quiet_from": wishes.quiet_from,
        "quiet_to": wishes.quiet_to,
        "zone": wishes.zone,
        "unreachable": wishes.unreachable,
    }
    put(c, notice_wishes, row, ["agent_id"])


def mark_unreachable(
    c: Connection, agent_id: int, address: str, detail: str, *, now: datetime
) -> None:
    """Note that an agent's address takes no mail, and tell the admins once.

    A report about an address that is not his any more changes nothing.
    """
    who = c.execute(select(agents).where(agents.c.id == agent_id)).one_or_none()
    known = queries.wishes(c, agent_id)
    is_his = who is not None and (not address or who.email == address.casefold())
    if who is None or not is_his or known.unreachable:
        return
    why = shorten(clean(detail), 300) or "It was returned."
    wish(c, agent_id, replace(known, unreachable=why))
    fact = AgentUnreachable(agent_id=agent_id, detail=why)
    log.append(c, fact, now=now, actor=SYSTEM)
    told = Told(kind=Kind.UNREACHABLE, detail=f"{who.name}, {who.email}: {why}")
    for admin in queries.of_role(c, "admin"):
        tell(c, admin, told, now=now)


def forget_words(c: Connection, identity_ids: Collection[int]) -> None:
    """Leave of what was told about cases where these wrote only that it was told."""
    his = select(messages.c.case_id).where(messages.c.identity_id.in_(identity_ids))
    c.execute(update(notices).where(notices.c.case_id.in_(his)).values(detail=""))


def forget_old(c: Connection, *, now: datetime, after: timedelta) -> None:
    """Remove notices of long ago."""
    c.execute(delete(notices).where(notices.c.at <= now - after))
