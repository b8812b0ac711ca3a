"""Who may be the same person: looked for when somebody gets an identity, answered by an agent."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from desk.customers import rules
from desk.customers.likeness import CANDIDATES, CROWD, Likeness, Person, keys_of, signs_of, weigh
from desk.customers.tables import customer_keys, customers, identities, merge_suggestions
from desk.db.upsert import insert_new_id
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.people import MergeSuggested
from desk.kit.errors import Conflict, NotFound

_AT_ONCE = 3  # suggestions for one newcomer
_LONGEST = 200  # characters of a key
_PART = "="  # keys of whole name parts: they are counted, never looked up


class SuggestionView(Struct, frozen=True, kw_only=True):
    """That a customer may be another one, and why."""

    id: int
    other_id: int
    other_name: str | None
    score: float
    reasons: list[str]


def learn(c: Connection, customer_id: int) -> None:
    """Make a customer findable by what is known of him now."""
    c.execute(delete(customer_keys).where(customer_keys.c.customer_id == customer_id))
    person = _person(c, customer_id)
    if person is None:
        return
    signs = signs_of(person)
    keys = keys_of(signs) | {f"{_PART}{part}" for name in signs.names for part in name}
    if keys:
        kept = sorted({key[:_LONGEST] for key in keys})
        rows = [{"key": key, "customer_id": customer_id} for key in kept]
        c.execute(insert(customer_keys), rows)


def suggest(c: Connection, customer_id: int, *, now: datetime) -> list[int]:
    """Suggest who a customer may be; return the new suggestions. Asked again, nothing is new."""
    person = _person(c, customer_id)
    if person is None:
        return []
    found = [one for one in _alike(c, person) if one.is_shown][:_AT_ONCE]
    made = []
    for one in found:
        row = {
            "customer_id": customer_id,
            "other_id": one.id,
            "score": one.score,
            "reasons": list(one.reasons),
            "state": "open",
            "suggested_at": now,
        }
        if _was_asked(c, one.id, customer_id):
            continue
        suggestion_id = insert_new_id(c, merge_suggestions, row, ["customer_id", "other_id"])
        if suggestion_id is not None:
            fact = MergeSuggested(suggestion_id=suggestion_id, other_id=one.id, score=one.score)
            log.append(c, fact, now=now, actor=SYSTEM, customer_id=customer_id)
            made.append(suggestion_id)
    return made


def open_for(c: Connection, customer_id: int) -> list[SuggestionView]:
    """Return what is suggested for a customer and not answered, most likely first."""
    mine, his = merge_suggestions.c.customer_id, merge_suggestions.c.other_id
    rows = c.execute(
        select(merge_suggestions, customers.c.name)
        .join(customers, customers.c.id == mine + his - customer_id)
        .where(
            merge_suggestions.c.state == "open",
            or_(mine == customer_id, his == customer_id),
            customers.c.merged_into.is_(None),
        )
        .order_by(merge_suggestions.c.score.desc(), merge_suggestions.c.id)
    )
    return [
        SuggestionView(
            id=row.id,
            other_id=row.customer_id + row.other_id - customer_id,
            other_name=row.name,
            score=row.score,
            reasons=row.reasons,
        )
        for row in rows
    ]


def answer(c: Connection, suggestion_id: int, *, accepted: bool) -> Row[Any]:
    """Note what an agent says to a suggestion, and return it.

    Raises:
        NotFound: there is none.
        Conflict: it was answered before.
    """
    row = c.execute(
        select(merge_suggestions).where(merge_suggestions.c.id == suggestion_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such suggestion.")
    if row.state != "open":
        raise Conflict("Somebody has answered this already.")
    state = "accepted" if accepted else "dismissed"
    mine = merge_suggestions.c.id == suggestion_id
    c.execute(update(merge_suggestions).where(mine).values(state=state))
    return row


def _alike(c: Connection, person: Person) -> list[Likeness]:
    signs = signs_of(person)
    keys = [key[:_LONGEST] for key in keys_of(signs)]
    near = _nearest(c, keys, person.id)
    if not near:
        return []
    parts = _shares(c, {part for name in signs.names for part in name}, person.id)
    others = customers.c.id != person.id
    known = c.scalar(select(func.max(customers.c.id)).where(others)) or 1
    people = [_person(c, other) for other in near]
    weighed = [weigh(signs, signs_of(one), one.id, parts, known) for one in people if one]
    return sorted(weighed, key=lambda one: (-one.score, one.id))


def _nearest(c: Connection, keys: list[str], but: int) -> list[int]:
    """Return who shares most of these keys, those left out that a crowd shares."""
    telling = (
        select(customer_keys.c.key)
        .where(customer_keys.c.key.in_(keys))
        .group_by(customer_keys.c.key)
        .having(func.count() <= CROWD)
    )
    shared = func.count().label("shared")
    rows = c.execute(
        select(customer_keys.c.customer_id, shared)
        .where(customer_keys.c.key.in_(telling), customer_keys.c.customer_id != but)
        .group_by(customer_keys.c.customer_id)
        .order_by(shared.desc(), customer_keys.c.customer_id)
        .limit(CANDIDATES)
    )
    return [row.customer_id for row in rows]


def _shares(c: Connection, parts: Iterable[str], but: int) -> dict[str, int]:
    """Return how many others have each part of a name."""
    keys = [f"{_PART}{part}"[:_LONGEST] for part in parts]
    rows = c.execute(
        select(customer_keys.c.key, func.count().label("people"))
        .where(customer_keys.c.key.in_(keys), customer_keys.c.customer_id != but)
        .group_by(customer_keys.c.key)
    )
    return {row.key.removeprefix(_PART): row.people for row in rows}


def _was_asked(c: Connection, customer_id: int, other_id: int) -> bool:
    """Return whether the same two were suggested the other way round."""
    pair = (
        merge_suggestions.c.customer_id == customer_id,
        merge_suggestions.c.other_id == other_id,
    )
    return c.execute(select(merge_suggestions.c.id).where(*pair)).first() is not None


def _person(c: Connection, customer_id: int) -> Person | None:
    """Return what is known and claimed of a customer; None for one that is merged away."""
    row = c.execute(select(customers).where(customers.c.id == customer_id)).one_or_none()
    if row is None or row.merged_into is not None:
        return None
    handles = c.execute(select(identities).where(identities.c.customer_id == customer_id)).all()
    claims = [one.profile for one in handles]
    return Person(
        id=customer_id,
        names=tuple(filter(None, {row.name, *(one.name for one in handles)})),
        emails=tuple(_all(claims, "email")),
        phones=tuple(_all(claims, "phone")),
        usernames=tuple(_all(claims, "username")),
        organizations=tuple(
            one for one in _all(claims, "organization") if rules.is_organization(one)
        ),
    )


def _all(claims: Iterable[dict[str, str]], name: str) -> set[str]:
    return {claim[name] for claim in claims if claim.get(name)}
