"""What the record knows that bears on where a message belongs; threading.py decides."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, exists, func, select, text

from desk.cases import copies
from desk.cases.merging import split_off, target_of
from desk.cases.queries import of_thread
from desk.cases.reopening import may_go_on
from desk.cases.rules import ACTIVE, Status
from desk.cases.tables import cases
from desk.cases.threading import Findings, Hit
from desk.customers import queries as customers
from desk.customers.rules import is_organization
from desk.customers.tables import identities
from desk.kit.text import indexed
from desk.messages.tables import external_ids, messages
from desk.ports.messages import InboundMessage

_RECENT = 20  # of a customer's cases, that a subject is looked for in
_CASES = 5  # that one message is believed to answer; a mail may name a thousand others


class Writer(Struct, frozen=True):
    """Who wrote a message, and when: his customer (0: nobody yet), address and organization."""

    customer_id: int
    address: str
    organization: str | None
    now: datetime


def findings(
    c: Connection,
    message: InboundMessage,
    customer_id: int,
    inbox: str,
    *,
    now: datetime,
    fresh_since: datetime | None = None,
    same_since: datetime | None = None,
) -> Findings:
    """Return what the record knows that bears on where `message` belongs.

    A case of the sender's own is found as recent when somebody touched it after `fresh_since`;
    None finds none, whatever the clocks of several machines say. One with the subject of the
    message counts when it was touched after `same_since`.
    """
    who = Writer(customer_id, message.sender.address, message.sender.organization, now)
    latest = of_thread(c, inbox, message.thread)
    answered = _answered(c, message, who, inbox)
    return Findings(
        proved=_proved(c, message, who, answered),
        answered=answered,
        overtaken_by=_overtaken_by(c, message, who, inbox) if not answered else None,
        conversation=_hit(c, cases.c.id == latest, who) if latest is not None else None,
        mentioned=_hit(c, cases.c.number == message.mentions_number, who)
        if message.mentions_number
        else None,
        same_subject=_about_the_same(c, who, message.same_subject, inbox, same_since),
        recent=_recent(c, who, fresh_since) if fresh_since is not None else None,
    )


def has_written(c: Connection, case_id: int, customer_id: int) -> bool:
    """Return whether a customer has written in a case, his own or another's."""
    his = select(identities.c.id).where(identities.c.customer_id == customer_id)
    wrote = (
        messages.c.case_id == case_id,
        messages.c.author == "customer",
        messages.c.identity_id.in_(his),
    )
    return c.execute(select(messages.c.id).where(*wrote).limit(1)).first() is not None


def answered_cases(c: Connection, inbox: str, in_reply_to: Sequence[str]) -> list[int]:
    """Return the cases of the messages with these network ids, in their order."""
    return list(dict.fromkeys(row.id for row in _answered_rows(c, inbox, in_reply_to)))


def _answered_rows(c: Connection, inbox: str, in_reply_to: Sequence[str]) -> list[Row[Any]]:
    asked = [indexed(one) for one in in_reply_to[:50]]
    if not asked:
        return []
    rows = c.execute(
        select(external_ids.c.external_id, cases)
        .join(messages, messages.c.id == external_ids.c.message_id)
        .join(cases, cases.c.id == messages.c.case_id)
        .where(external_ids.c.inbox == inbox, external_ids.c.external_id.in_(asked))
    ).all()
    return sorted(rows, key=lambda row: asked.index(row.external_id))


def _answered(c: Connection, message: InboundMessage, who: Writer, inbox: str) -> list[Hit]:
    best = _answered_rows(c, inbox, message.in_reply_to)
    if not best:
        return []
    by_case = {row.id: row for row in reversed(best)}  # each case once, where it stands first
    answered = list(dict.fromkeys(row.id for row in best))[:_CASES]
    crowded = _crowded(c, inbox, [by_case[case_id].external_id for case_id in answered])
    return [
        _as_hit(c, row, who, is_crowd=row.external_id in crowded)
        for row in (by_case[case_id] for case_id in answered)
    ]


def _overtaken_by(c: Connection, message: InboundMessage, who: Writer, inbox: str) -> Hit | None:
    """Return the case of a message of the sender's that answers this one and was quicker."""
    if not who.customer_id:
        return None
    his = select(identities.c.id).where(identities.c.customer_id == who.customer_id)
    case_id = c.scalar(
        select(messages.c.case_id)
        .where(messages.c.inbox == inbox)
        .where(messages.c.in_reply_to == indexed(message.external_id))
        .where(text("messages.in_reply_to IS NOT NULL"))  # the words of the partial index
        .where(messages.c.author == "customer", messages.c.identity_id.in_(his))
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    return _hit(c, cases.c.id == case_id, who) if case_id is not None else None


def _crowded(c: Connection, inbox: str, external_ids: list[str]) -> set[str]:
    """Return which of these messages are answered in more than one case: a newsletter."""
    rows = c.execute(
        select(messages.c.in_reply_to)
        .where(messages.c.inbox == inbox, messages.c.in_reply_to.in_(external_ids))
        .where(text("messages.in_reply_to IS NOT NULL"))  # the words of the partial index
        .group_by(messages.c.in_reply_to)
        .having(func.count(messages.c.case_id.distinct()) > 1)
    )
    return {row.in_reply_to for row in rows}


def _proved(
    c: Connection, message: InboundMessage, who: Writer, answered: Sequence[Hit]
) -> Hit | None:
    """Return the case a token of ours names; one split off it where what is answered is there."""
    if message.case_id is None:
        return None
    found = _hit(c, cases.c.id == message.case_id, who)
    if found is not None and answered and split_off(c, found.case_id, answered[0].case_id):
        return answered[0]
    return found


def _about_the_same(
    c: Connection, who: Writer, subject: str, inbox: str, since: datetime | None
) -> Hit | None:
    if since is None or not subject.strip() or not who.customer_id:
        return None
    mine = select(cases).where(
        cases.c.customer_id == who.customer_id,
        cases.c.inbox == inbox,
        cases.c.last_message_at > since,
        cases.c.status != Status.CLOSED.value,
    )
    wanted = subject.strip().casefold()
    for row in c.execute(mine.order_by(cases.c.id.desc()).limit(_RECENT)):
        known = row.subject.strip().casefold()  # as it came first: perhaps with a "Re: "
        if known == wanted or known.endswith(f": {wanted}"):
            return _as_hit(c, row, who)
    return None


def _recent(c: Connection, who: Writer, fresh_since: datetime) -> Hit | None:
    active = cases.c.status.in_([status.value for status in ACTIVE])
    mine = (cases.c.customer_id == who.customer_id) & (cases.c.last_message_at > fresh_since)
    part = cases.alias()
    has_public = exists().where(part.c.merged_into_id == cases.c.id, part.c.overheard.is_(True))
    return _hit(c, mine & active & cases.c.overheard.is_(False) & ~has_public, who)


def _hit(c: Connection, condition: ColumnElement[bool], who: Writer) -> Hit | None:
    row = c.execute(
        select(cases).where(condition).order_by(cases.c.id.desc()).limit(1)
    ).one_or_none()
    if row is not None and row.merged_into_id is not None:
        row = c.execute(select(cases).where(cases.c.id == target_of(c, row.id))).one()
    return _as_hit(c, row, who) if row is not None else None


def _as_hit(c: Connection, row: Any, who: Writer, *, is_crowd: bool = False) -> Hit:
    return Hit(
        case_id=row.id,
        number=row.number,
        status=Status(row.status),
        takes_part=row.customer_id == who.customer_id or _takes_part(c, row, who),
        goes_on=may_go_on(c, row, now=who.now),
        is_crowd=is_crowd,
    )


def _was_written_to(c: Connection, case_id: int, customer_id: int) -> bool:
    """Return whether we wrote to a customer in a case, though it is another's."""
    his = select(identities.c.id).where(identities.c.customer_id == customer_id)
    to_him = (
        messages.c.case_id == case_id,
        messages.c.author != "customer",
        messages.c.identity_id.in_(his),
    )
    return c.execute(select(messages.c.id).where(*to_him).limit(1)).first() is not None


def _takes_part(c: Connection, case: Any, who: Writer) -> bool:
    """Return whether a writer who is not the case's customer wrote in it, was written to in it,
    got a copy of a message of it, or is his colleague.
    """
    if who.customer_id and has_written(c, case.id, who.customer_id):
        return True
    if who.customer_id and _was_written_to(c, case.id, who.customer_id):
        return True
    if copies.got_one(c, case.id, who.address):
        return True
    if not is_organization(who.organization):
        return False
    theirs = customers.identities_of(c, case.customer_id)
    return any(one.profile.get("organization") == who.organization for one in theirs)
