"""Every write to ratings: asking, answering, looking after a low one, and wanting no more."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, insert, select, update

from desk.agents.tables import team_members
from desk.customers.tables import customers
from desk.db.upsert import insert_new
from desk.events import log
from desk.events.actors import BOT, Actor
from desk.events.facts import RatingAsked, RatingFollowedUp, RatingGiven
from desk.kit.errors import Conflict, Invalid, NotFound
from desk.kit.text import clean
from desk.messages import actions as messages
from desk.messages import deliveries
from desk.messages.actions import Place, Written
from desk.queues.tables import queue_teams
from desk.satisfaction.rules import COMMENT_MOST, SCORES, Terms, is_low, may_answer
from desk.satisfaction.tables import rating_refusals, ratings


class Answer(Struct, frozen=True, kw_only=True):
    """What a customer says. `comment` None: nothing about that, what he said before stays."""

    score: int
    comment: str | None = None


def hold(c: Connection, customer_id: int) -> None:
    """Let nobody else ask this customer until the unit ends: two of his cases may end at once."""
    c.execute(select(customers.c.id).where(customers.c.id == customer_id).with_for_update())


def ask(
    c: Connection, case: Row[Any], question: Written, place: Place, terms: Terms, *, now: datetime
) -> int:
    """Write a question to the customer of a locked case, about its present episode.

    Return the rating's id. The caller has asked `rules.refusal`.

    Raises:
        Conflict: another process asked it in the same moment.
    """
    message_id = messages.write(c, question, place, now=now)
    row = {
        "case_id": case.id,
        "episode": case.episode,
        "identity_id": place.identity_id,
        "agent_id": case.assignee_id,
        "team_id": _team_of(c, case.assignee_id, case.queue_id),
        "queue_id": case.queue_id,
        "inbox": place.inbox,
        "channel": place.channel,
        "message_id": message_id,
        "asked_at": now,
        "expires_at": now + timedelta(days=terms.valid_days),
        "comment": "",
    }
    rating_id: int = c.execute(insert(ratings).values(**row).returning(ratings.c.id)).scalar_one()
    deliveries.queue(c, message_id, place, now=now)
    fact = RatingAsked(rating_id=rating_id, episode=case.episode, message_id=message_id)
    log.append(c, fact, now=now, actor=BOT, case_id=case.id, customer_id=case.customer_id)
    return rating_id


def answer(
    c: Connection, rating_id: int, given: Answer, terms: Terms, *, actor: Actor, now: datetime
) -> bool:
    """Keep what a customer says of his case; False when he said the same before.

    Raises:
        NotFound: there is no such rating.
        Conflict: it is too late to answer, or to change the answer.
        Invalid: no such score, or a comment that is too long.
    """
    if given.score not in SCORES:
        raise Invalid("Choose a score from 1 to 5.", "/score")
    row = _lock(c, rating_id)
    if not may_answer(row.score, row.answered_at, row.expires_at, now, terms):
        raise Conflict("It is too late to answer this.")
    comment = row.comment if given.comment is None else clean(given.comment).strip()
    if len(comment) > COMMENT_MOST:
        raise Invalid(f"A comment holds up to {COMMENT_MOST:,} characters.", "/comment")
    if (given.score, comment) == (row.score, row.comment):
        return False
    values = {"score": given.score, "comment": comment, "answered_at": row.answered_at or now}
    low = is_low(given.score, terms)
    if low:  # what changed is looked after anew
        values |= {"followed_up_at": None, "followed_up_by": None}
    c.execute(update(ratings).where(ratings.c.id == rating_id).values(**values))
    fact = RatingGiven(
        rating_id=rating_id, score=given.score, before=row.score, comment=comment, low=low
    )
    log.append(c, fact, now=now, actor=actor, case_id=row.case_id, customer_id=actor.id)
    return True


def follow_up(c: Connection, rating_id: int, *, actor: Actor, now: datetime) -> None:
    """Note that somebody has looked after a rating; a second time changes nothing.

    Raises:
        NotFound: there is no such rating, or no answer yet.
    """
    row = _lock(c, rating_id)
    if row.score is None:
        raise NotFound("There is no such rating.")
    if row.followed_up_at is not None:
        return
    done = {"followed_up_at": now, "followed_up_by": actor.id}
    c.execute(update(ratings).where(ratings.c.id == rating_id).values(**done))
    log.append(c, RatingFollowedUp(rating_id=rating_id), now=now, actor=actor, case_id=row.case_id)


def refuse(c: Connection, identity_id: int, *, now: datetime) -> None:
    """Note that who has this handle does not want to be asked any more."""
    row = {"identity_id": identity_id, "refused_at": now}
    insert_new(c, rating_refusals, row, ["identity_id"])


def _lock(c: Connection, rating_id: int) -> Row[Any]:
    row = c.execute(
        select(ratings).where(ratings.c.id == rating_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such rating.")
    return row


def _team_of(c: Connection, agent_id: int | None, queue_id: int) -> int | None:
    """Return the team of an agent, rather one that serves the queue."""
    mine = select(team_members.c.team_id).where(team_members.c.agent_id == agent_id)
    serving = select(queue_teams.c.team_id).where(queue_teams.c.queue_id == queue_id)
    first = team_members.c.team_id.in_(serving).desc()
    found: int | None = c.scalar(mine.order_by(first, team_members.c.team_id).limit(1))
    return found
