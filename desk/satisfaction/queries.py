"""Every read of ratings."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal, select, tuple_

from desk.agents.tables import agents
from desk.cases.merging import is_overheard
from desk.cases.rules import Status
from desk.cases.tables import cases, episodes
from desk.customers import queries as people
from desk.customers.tables import customers, identities
from desk.db.types import Instant
from desk.kit.errors import NotFound
from desk.messages.actions import Place
from desk.messages.tables import messages
from desk.queues.tables import queues
from desk.satisfaction.rules import Standing, Terms
from desk.satisfaction.tables import rating_refusals, ratings

PAGE = 50


class Which(StrEnum):
    """Which ratings are listed."""

    ALL = "all"
    LOW = "low"
    OPEN = "open"  # low, and nobody has looked after them
    COMMENTED = "commented"


class RatingView(Struct, frozen=True, kw_only=True):
    """One rating with the case it is about, and who had that when it was asked."""

    id: int
    case_number: int
    subject: str
    customer_name: str | None
    agent_name: str | None
    queue_name: str
    channel: str
    score: int
    comment: str
    answered_at: datetime
    followed_up_at: datetime | None
    followed_up_by: str | None


def questions() -> Select[tuple[int]]:
    """Return which messages ask how it went."""
    return select(ratings.c.message_id)


def standing(
    c: Connection,
    case: Row[Any],
    place: Place | None,
    *,
    episode: int,
    due_at: datetime,
    now: datetime,
) -> Standing:
    """Return what speaks for and against asking about an episode of a locked case.

    `place`: where its customer last wrote in it. Whether its inbox asks is for the caller to say.
    """
    about = (ratings.c.case_id == case.id, ratings.c.episode == episode)
    known = people.identity(c, place.identity_id) if place is not None else None
    asked_id = known.customer_id if known is not None else case.customer_id
    return Standing(
        inbox_asks=True,
        status=Status(case.status),
        is_same_episode=case.episode == episode,
        is_merged_away=case.merged_into_id is not None,
        was_asked=c.execute(select(ratings.c.id).where(*about)).first() is not None,
        was_answered=_was_answered(c, case.id, episode),
        has_identity=known is not None,
        is_genuine=place is None or _is_genuine(c, case.id, place.identity_id),
        is_reachable=known is None or known.reachable,
        is_blocked=known is not None and known.blocked,
        is_quiet=known is not None and not known.may_be_told,
        is_overheard=is_overheard(c, case.id),
        has_complained=known is not None and known.complained_at is not None,
        has_refused=_has_refused(c, asked_id),
        last_asked_at=_last_asked(c, asked_id),
        due_at=due_at,
        now=now,
    )


def by_id(c: Connection, rating_id: int) -> Row[Any]:
    """Return a rating's row. Raises NotFound."""
    row = c.execute(select(ratings).where(ratings.c.id == rating_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such rating.")
    return row


def by_message(c: Connection, message_id: int) -> Row[Any] | None:
    """Return the rating that a message asks for, None when it asks for none."""
    return c.execute(select(ratings).where(ratings.c.message_id == message_id)).one_or_none()


def last_of_case(c: Connection, case_id: int) -> Row[Any] | None:
    """Return the rating that was last asked for in a case."""
    newest = select(ratings).where(ratings.c.case_id == case_id).order_by(ratings.c.id.desc())
    return c.execute(newest.limit(1)).one_or_none()


def newest(
    c: Connection,
    which: Which,
    terms: Terms,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> list[RatingView]:
    """Return what customers gave, the newest first; `before` is the keyset."""
    query = _views().where(*_only(which, terms))
    if before is not None:
        last = tuple_(literal(before[0], Instant()), literal(before[1]))
        query = query.where(tuple_(ratings.c.answered_at, ratings.c.id) < last)
    order = (ratings.c.answered_at.desc(), ratings.c.id.desc())
    return [_view(row) for row in c.execute(query.order_by(*order).limit(limit))]


def of_customer(c: Connection, customer_id: int, *, limit: int = 5) -> list[RatingView]:
    """Return what a customer gave last, over all his cases."""
    mine = _views().where(cases.c.customer_id == customer_id, ratings.c.score.is_not(None))
    order = (ratings.c.answered_at.desc(), ratings.c.id.desc())
    return [_view(row) for row in c.execute(mine.order_by(*order).limit(limit))]


def count_open(c: Connection, terms: Terms) -> int:
    """Return how many low ratings nobody has looked after."""
    count = select(func.count()).select_from(ratings)
    return c.scalar(count.where(*_only(Which.OPEN, terms))) or 0


def language_of(c: Connection, rating: Row[Any]) -> str | None:
    """Return the language of who is asked."""
    own: str | None = c.scalar(select(cases.c.language).where(cases.c.id == rating.case_id))
    if own:
        return own
    return people.show(c, people.identity(c, rating.identity_id).customer_id).language


def _only(which: Which, terms: Terms) -> list[ColumnElement[bool]]:
    given = ratings.c.score.is_not(None)
    low = ratings.c.score <= terms.low
    only: dict[Which, list[ColumnElement[bool]]] = {
        Which.ALL: [given],
        Which.LOW: [given, low],
        Which.OPEN: [given, low, ratings.c.followed_up_at.is_(None)],
        Which.COMMENTED: [given, ratings.c.comment != ""],
    }
    return only[which]


def _was_answered(c: Connection, case_id: int, episode: int) -> bool:
    began = (
        select(episodes.c.opened_at)
        .where(episodes.c.case_id == case_id, episodes.c.episode == episode)
        .scalar_subquery()
    )
    answers = select(messages.c.id).where(
        messages.c.case_id == case_id,
        messages.c.author == "agent",
        messages.c.deleted_at.is_(None),
        messages.c.created_at >= began,
    )
    return c.execute(answers.limit(1)).first() is not None


def _is_genuine(c: Connection, case_id: int, identity_id: int) -> bool:
    """Return whether nothing speaks against the last message being from whom it says."""
    his = (messages.c.case_id == case_id, messages.c.identity_id == identity_id)
    last = select(messages.c.genuine).where(*his, messages.c.author == "customer")
    return c.scalar(last.order_by(messages.c.id.desc()).limit(1)) is not False


def _has_refused(c: Connection, customer_id: int) -> bool:
    of_his = select(rating_refusals.c.identity_id).join(
        identities, identities.c.id == rating_refusals.c.identity_id
    )
    return (
        c.execute(of_his.where(identities.c.customer_id == customer_id).limit(1)).first()
        is not None
    )


def _last_asked(c: Connection, customer_id: int) -> datetime | None:
    of_his = (
        select(ratings.c.asked_at)
        .join(identities, identities.c.id == ratings.c.identity_id)
        .where(identities.c.customer_id == customer_id)
    )
    found: datetime | None = c.scalar(of_his.order_by(ratings.c.asked_at.desc()).limit(1))
    return found


def _views() -> Select[Any]:
    looker = agents.alias("looker")
    return (
        select(
            ratings,
            cases.c.number,
            cases.c.subject,
            customers.c.name.label("customer_name"),
            agents.c.name.label("agent_name"),
            queues.c.name.label("queue_name"),
            looker.c.name.label("looker_name"),
        )
        .join(cases, cases.c.id == ratings.c.case_id)
        .join(customers, customers.c.id == cases.c.customer_id)
        .join(queues, queues.c.id == ratings.c.queue_id)
        .outerjoin(agents, agents.c.id == ratings.c.agent_id)
        .outerjoin(looker, looker.c.id == ratings.c.followed_up_by)
    )


def _view(row: Row[Any]) -> RatingView:
    return RatingView(
        id=row.id,
        case_number=row.number,
        subject=row.subject,
        customer_name=row.customer_name,
        agent_name=row.agent_name,
        queue_name=row.queue_name,
        channel=row.channel,
        score=row.score,
        comment=row.comment,
        answered_at=row.answered_at,
        followed_up_at=row.followed_up_at,
        followed_up_by=row.looker_name,
    )
