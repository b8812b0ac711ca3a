"""Cases merged into one and split in two. Both are journaled: nothing is lost, all can be undone.

A merged case stays: its number and its links lead to the case it went into. What moved is
listed row by row, so that an unmerge brings back exactly that, wherever it is by then.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, insert, select, tuple_, update

from desk.cases import rules
from desk.cases.actions import NewCase, assign, lock, move, open_case
from desk.cases.rules import Priority, Status
from desk.cases.standing import recount
from desk.cases.tables import case_moved, case_moves, cases
from desk.customers import queries as customers
from desk.events import log
from desk.events.actors import Actor
from desk.events.fact import Fact
from desk.events.facts import CasesMerged, CaseSplit, CasesUnmerged
from desk.kit.errors import Conflict, Invalid
from desk.messages.tables import messages, notes

_MOVED: dict[str, Table] = {"message": messages, "note": notes}
_AT_ONCE = 500  # rows that one statement names
_KEPT = ("status", "with_bot", "closed_at")  # what a merge changes


def merge(c: Connection, from_id: int, into_id: int, *, actor: Actor, now: datetime) -> int:
    """Move all that was said in one case into another, and return the move's id.

    A case that was merged before stands for the one it went into.

    Raises:
        Conflict: they are one case already, or the one to go on is closed.
        NotFound: one of them is not there.
    """
    from_id, into_id = target_of(c, from_id), target_of(c, into_id)
    if from_id == into_id:
        raise Conflict("These are one case already.")
    one, other = _both(c, from_id, into_id)
    if other.status == Status.CLOSED:
        raise Conflict("A closed case is final: nothing can be merged into it.")
    before = {name: one._mapping[name] for name in _KEPT}
    before["last_message_id"] = c.scalar(select(func.max(messages.c.id)))
    move_id = _journal(c, "merge", one, other, before, now)
    for kind, table in _MOVED.items():
        ids = list(c.scalars(select(table.c.id).where(table.c.case_id == one.id)))
        _take_along(c, move_id, kind, ids, other.id)
    merged = {
        "merged_into_id": other.id,
        "status": Status.CLOSED.value,
        "closed_at": now,
        "with_bot": False,
        "unanswered_since": None,
        "snoozed_until": None,
    }
    c.execute(update(cases).where(cases.c.id == one.id).values(**merged))
    recount(c, other.id)
    fact = CasesMerged(
        move_id=move_id, from_number=one.number, into_number=other.number, into_id=other.id
    )
    _tell_both(c, fact, one, other, actor=actor, now=now)
    return move_id


def unmerge(c: Connection, case_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back the merge of a case: it is again what it was.

    What has come since in its own conversations goes with it; all else stays where it is.

    Raises:
        Conflict: the case is not merged into another.
        NotFound: there is no such case.
    """
    c.execute(select(cases.c.id).where(cases.c.id == case_id).with_for_update())
    move = c.execute(
        select(case_moves)
        .where(
            case_moves.c.from_id == case_id,
            case_moves.c.kind == "merge",
            case_moves.c.undone_at.is_(None),
        )
        .order_by(case_moves.c.id.desc())
        .limit(1)
    ).one_or_none()
    if move is None or lock(c, case_id).merged_into_id is None:
        raise Conflict("This case is not merged into another one.")
    now_in = target_of(c, move.to_id)
    one, other = _both(c, case_id, now_in)
    c.execute(update(case_moves).where(case_moves.c.id == move.id).values(undone_at=now))
    _take_back(c, move, one.id, other.id)
    was = dict(move.before)
    restored = {
        "merged_into_id": None,
        "status": was["status"],
        "with_bot": was["with_bot"],
        "closed_at": _instant(was["closed_at"]),
    }
    c.execute(update(cases).where(cases.c.id == one.id).values(**restored))
    for changed in (one.id, other.id):
        recount(c, changed)
    if Status(was["status"]) in rules.DONE:
        c.execute(update(cases).where(cases.c.id == one.id).values(unanswered_since=None))
    fact = CasesUnmerged(
        move_id=move.id, from_number=one.number, into_number=other.number, into_id=other.id
    )
    _tell_both(c, fact, one, other, actor=actor, now=now)


def split(c: Connection, case_id: int, message_id: int, *, actor: Actor, now: datetime) -> int:
    """Make a case of its own of what was said from a message on, and return its id.

    It belongs to whoever wrote that message and stays with the agent of the old one. Merging
    it back undoes the split.

    Raises:
        Invalid: the message is not in the case, or nothing would stay behind.
        Conflict: the case is merged into another one.
        NotFound: there is no such case.
    """
    old = lock(c, case_id)
    if old.merged_into_id is not None:
        raise Conflict("This case was merged: split the one it went into.")
    mine = (messages.c.case_id == case_id, messages.c.id >= message_id)
    moving = c.execute(select(messages).where(*mine).order_by(messages.c.id)).all()
    if not moving or moving[0].id != message_id:
        raise Invalid("This message is not in this case.", "/message_id")
    first = moving[0]
    earlier = select(messages.c.id).where(messages.c.case_id == case_id)
    if c.execute(earlier.where(messages.c.id < message_id).limit(1)).first() is None:
        raise Invalid("That is the whole case: nothing would stay behind.", "/message_id")
    new_id = _open_for(c, old, first, actor=actor, now=now)
    new = lock(c, new_id)
    move_id = _journal(c, "split", old, new, {}, now)
    _take_along(c, move_id, "message", [row.id for row in moving], new_id)
    later = (notes.c.case_id == case_id, notes.c.created_at >= first.created_at)
    _take_along(c, move_id, "note", list(c.scalars(select(notes.c.id).where(*later))), new_id)
    for changed in (old.id, new_id):
        recount(c, changed)
    if Status(old.status) in rules.DONE:
        c.execute(update(cases).where(cases.c.id == old.id).values(unanswered_since=None))
    new = lock(c, new_id)
    fact = CaseSplit(
        move_id=move_id,
        from_number=old.number,
        into_number=new.number,
        into_id=new_id,
        answered_at=new.first_reply_at,
    )
    _tell_both(c, fact, old, new, actor=actor, now=now)
    if new.first_reply_at is not None:
        waits = new.unanswered_since is not None
        move(c, new, Status.OPEN if waits else Status.PENDING, actor=actor, now=now)
    if old.assignee_id is not None:
        assign(c, new_id, old.assignee_id, actor=actor, now=now)
    return new_id


def target_of(c: Connection, case_id: int) -> int:
    """Return the case that `case_id` goes on as: itself, or where merges have led it."""
    seen = {case_id}
    while True:
        into = c.scalar(select(cases.c.merged_into_id).where(cases.c.id == case_id))
        if into is None or into in seen:
            return case_id
        seen.add(into)
        case_id = into


def is_overheard(c: Connection, case_id: int) -> bool:
    """Return whether others read along in a case, or in one that became part of it."""
    seen, parts = set[int](), {case_id}
    while parts:
        overheard = cases.c.id.in_(parts) & cases.c.overheard
        if c.execute(select(cases.c.id).where(overheard).limit(1)).first() is not None:
            return True
        seen |= parts
        merged = (case_moves.c.kind == "merge", case_moves.c.undone_at.is_(None))
        came = select(case_moves.c.from_id).where(case_moves.c.to_id.in_(parts), *merged)
        parts = set(c.scalars(came)) - seen
    return False


def split_off(c: Connection, from_id: int, case_id: int) -> bool:
    """Return whether `case_id` was split off `from_id`: what proves that one may mean this."""
    where = (
        case_moves.c.kind == "split",
        case_moves.c.from_id == from_id,
        case_moves.c.to_id == case_id,
    )
    return c.execute(select(case_moves.c.id).where(*where).limit(1)).first() is not None


def _open_for(c: Connection, old: Row[Any], first: Row[Any], *, actor: Actor, now: datetime) -> int:
    """Open the case that `first`, a message of `old`, begins."""
    of_customer = first.author == "customer"
    new = NewCase(
        subject=first.subject or old.subject,
        customer_id=customers.identity(c, first.identity_id).customer_id
        if of_customer
        else old.customer_id,
        queue_id=old.queue_id,
        inbox=first.inbox,
        channel=first.channel,
        thread=first.thread,
        priority=Priority(old.priority),
        language=old.language,
        automatic=not of_customer or first.automation is not None,
        overheard=is_overheard(c, old.id) or _was_overheard(first),
        waits_since=first.created_at if of_customer else None,
    )
    return open_case(c, new, actor=actor, now=now)


def _was_overheard(first: Row[Any]) -> bool:
    return any(remark["code"] == "overheard" for remark in first.remarks or ())


def _both(c: Connection, one_id: int, other_id: int) -> tuple[Row[Any], Row[Any]]:
    """Return both rows, locked in the order of their ids: two merges at once never wait in a ring.

    Raises:
        NotFound: one of them is not there.
    """
    rows = {case_id: lock(c, case_id) for case_id in sorted((one_id, other_id))}
    return rows[one_id], rows[other_id]


def _journal(
    c: Connection, kind: str, one: Row[Any], other: Row[Any], before: dict[str, Any], now: datetime
) -> int:
    row = {"kind": kind, "from_id": one.id, "to_id": other.id, "before": before, "moved_at": now}
    move_id: int = c.execute(
        insert(case_moves).values(**row).returning(case_moves.c.id)
    ).scalar_one()
    return move_id


def _take_along(c: Connection, move_id: int, kind: str, ids: list[int], into_id: int) -> None:
    if not ids:
        return
    c.execute(
        insert(case_moved), [{"move_id": move_id, "kind": kind, "row_id": one} for one in ids]
    )
    table = _MOVED[kind]
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        c.execute(update(table).where(table.c.id.in_(some)).values(case_id=into_id))


def _take_back(c: Connection, move: Row[Any], case_id: int, now_in: int) -> None:
    """Bring back what a merge moved, and what has been said since in those conversations."""
    came_since = _of_its_threads(c, move, now_in)
    for kind, table in _MOVED.items():
        here = (table.c.id.in_(_listed(move.id, kind)), table.c.case_id == now_in)
        c.execute(update(table).where(*here).values(case_id=case_id))
    for start in range(0, len(came_since), _AT_ONCE):
        some = messages.c.id.in_(came_since[start : start + _AT_ONCE])
        c.execute(update(messages).where(some).values(case_id=case_id))


def _of_its_threads(c: Connection, move: Row[Any], now_in: int) -> list[int]:
    """Return the messages since a merge in conversations that only the merged case had."""
    thread = tuple_(messages.c.inbox, messages.c.thread)
    here = (messages.c.case_id == now_in, messages.c.thread != "")
    is_listed = messages.c.id.in_(_listed(move.id, "message"))
    before = messages.c.id <= move.before["last_message_id"]
    moved = select(messages.c.inbox, messages.c.thread).where(*here, is_listed)
    others = select(messages.c.inbox, messages.c.thread).where(*here, before, ~is_listed)
    since = select(messages.c.id).where(
        *here, ~before, ~is_listed, thread.in_(moved), thread.not_in(others)
    )
    return list(c.scalars(since))


def _listed(move_id: int, kind: str) -> Select[Any]:
    of_move = (case_moved.c.move_id == move_id, case_moved.c.kind == kind)
    return select(case_moved.c.row_id).where(*of_move)


def _tell_both(
    c: Connection, fact: Fact, one: Row[Any], other: Row[Any], *, actor: Actor, now: datetime
) -> None:
    for case in (one, other):
        log.append(c, fact, now=now, actor=actor, case_id=case.id, customer_id=case.customer_id)


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
