"""The customer's own pages: giving a score and a comment, and the end of being asked.

They work without JavaScript. Opening one stores nothing: mail scanners follow links.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from msgspec import Meta, Struct
from sqlalchemy import Connection, Row

from desk.customers import queries as people
from desk.events import actors
from desk.http import Call, Html, Need, Redirect, Routes
from desk.http.services import SECRET
from desk.kit.errors import NotFound
from desk.satisfaction import actions, links, queries
from desk.satisfaction.actions import Answer
from desk.satisfaction.rules import COMMENT_MOST, SCORES, Terms, may_answer
from desk.satisfaction.words import RatingWords

routes = Routes()

Speak = Callable[[str | None], tuple[str, RatingWords]]  # a language, and the words in it
SPEAK: web.AppKey[Speak] = web.AppKey("rating_words")
TERMS: web.AppKey[Terms] = web.AppKey("rating_terms")

Score = Annotated[int, Meta(ge=1, le=5)]


class Chosen(Struct, frozen=True):
    """The link that was followed: it chooses a score on the page, and gives none."""

    score: Score | None = None
    kept: str = ""


class Given(Struct, frozen=True):
    """What the page's form says."""

    score: Score
    comment: str = ""


class Nothing(Struct, frozen=True):
    """Whatever fields a mail program sends."""


@routes.page("/rate/{token}", needs=Need.NOBODY)
async def rating_page(call: Call, token: str, query: Chosen) -> Html:
    """Show the question, with what was answered or chosen before."""
    rating = await call.db.read(_asked, call.get(SECRET), token)
    language, words = call.get(SPEAK)(await call.db.read(queries.language_of, rating))
    now, terms = call.clock.now(), call.get(TERMS)
    data: dict[str, Any] = {
        "token": token,
        "rating": rating,
        "chosen": query.score or rating.score,
        "is_open": may_answer(rating.score, rating.answered_at, rating.expires_at, now, terms),
        "kept": bool(query.kept) and rating.score is not None,
        "language": language,
        "words": words,
        "scores": list(zip(SCORES, words.scale, strict=True)),
        "most": COMMENT_MOST,
    }
    return Html("satisfaction/rate.html", data, headers=_PRIVATE)


@routes.form("/rate/{token}", needs=Need.NOBODY)
async def rate(call: Call, token: str, body: Given) -> Redirect:
    """Keep a score with its comment."""
    now, terms, secret = call.clock.now(), call.get(TERMS), call.get(SECRET)

    def unit(c: Connection) -> None:
        rating = _asked(c, secret, token)
        customer_id = people.identity(c, rating.identity_id).customer_id
        given = Answer(score=body.score, comment=body.comment)
        who = actors.customer(customer_id)
        actions.answer(c, rating.id, given, terms, actor=who, now=now)

    await call.db.write(unit)
    return Redirect(f"/rate/{token}?kept=yes")


@routes.page("/rate/{token}/stop", needs=Need.NOBODY)
async def ask_to_stop(call: Call, token: str) -> Html:
    """Ask before anything is stopped."""
    return await _stop_page(call, token, done=False)


@routes.form("/rate/{token}/stop", needs=Need.NOBODY)
async def stop(call: Call, token: str, body: Nothing) -> Html:
    """Never ask him again, by the button or by his mail program (RFC 8058)."""
    secret, now = call.get(SECRET), call.clock.now()

    def unit(c: Connection) -> None:
        actions.refuse(c, _stopped(c, secret, token, now).identity_id, now=now)

    await call.db.write(unit)
    return await _stop_page(call, token, done=True)


_PRIVATE = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


async def _stop_page(call: Call, token: str, *, done: bool) -> Html:
    rating = await call.db.read(_stopped, call.get(SECRET), token, call.clock.now())
    language, words = call.get(SPEAK)(await call.db.read(queries.language_of, rating))
    data = {"token": token, "language": language, "words": words, "done": done}
    return Html("satisfaction/stop.html", data, headers=_PRIVATE)


def _asked(c: Connection, secret: str, token: str) -> Row[Any]:
    """Return the rating that a token was made for, as it was then. Raises NotFound."""
    found = links.read(secret, links.ANSWER, token)
    rating = queries.by_id(c, found[0]) if found else None
    if rating is None or found is None or found[1] != rating.expires_at.replace(microsecond=0):
        raise NotFound("There is nothing at this address.")
    return rating


def _stopped(c: Connection, secret: str, token: str, now: datetime) -> Row[Any]:
    found = links.read(secret, links.STOP, token)
    if found is None or now >= found[1]:
        raise NotFound("There is nothing at this address.")
    return queries.by_id(c, found[0])
