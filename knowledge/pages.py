"""The public help centre: search first, categories, articles, "Did this help?"."""

from aiohttp import web
from msgspec import Struct
from sqlalchemy import Connection

from desk.http import Call, Html, Need, Redirect, Routes
from desk.kit.errors import TooOften
from desk.kit.locales import language_of
from desk.kit.meter import RateLimit
from knowledge import actions, queries
from knowledge.api import INDEX
from knowledge.index import KnowledgeIndex
from knowledge.queries import ArticleHead, ArticleView
from knowledge.search import find

METER: web.AppKey[RateLimit] = web.AppKey("help_meter")

_CACHE = {"Cache-Control": "private, max-age=60"}
_FALLBACK = "en"

routes = Routes()


def keep(app: web.Application, index: KnowledgeIndex) -> None:
    """Put into `app` what api.py and pages.py take out of it."""
    app[INDEX] = index
    app[METER] = RateLimit(per_s=0.5, burst=30)


class PageQuery(Struct, frozen=True, kw_only=True):
    """How a page is wanted: its language, what is searched, what the reader just said."""

    lang: str | None = None
    q: str = ""
    said: str = ""


class Feedback(Struct, frozen=True, kw_only=True):
    """The answer to "Did this help?"."""

    helped: bool
    lang: str | None = None


@routes.page("/help", needs=Need.NOBODY)
async def home(call: Call, query: PageQuery) -> Html:
    """Show the search box and every category with its articles."""
    language = await _language(call, query.lang)
    shelves = await call.db.read(queries.help_centre, language)
    return Html("help/home.html", {"lang": language, "categories": shelves}, headers=_CACHE)


@routes.page("/help/search", needs=Need.NOBODY)
async def search(call: Call, query: PageQuery) -> Html | Redirect:
    """Show what was found; an empty search leads home."""
    if not query.q.strip():
        return Redirect("/help")
    language = await _language(call, query.lang)
    found = await call.db.read(find, call.get(INDEX), query.q, language=language)
    if not _wait_s(call):
        count = len(found.hits) if found.exact else 0
        await call.db.write(actions.log_search, found.query, language, count, now=call.clock.now())
    return Html("help/search.html", {"lang": language, "found": found})


@routes.page("/help/{slug}", needs=Need.NOBODY)
async def show(call: Call, slug: str, query: PageQuery) -> Html:
    """Show one article with its relatives."""
    language = await _language(call, query.lang)
    article, related = await call.db.read(_article, call.get(INDEX), slug, language)
    data = {"lang": article.language, "article": article, "related": related, "said": query.said}
    return Html("help/article.html", data, headers={} if query.said else _CACHE)


@routes.form("/help/{slug}/feedback", needs=Need.NOBODY)
async def feedback(call: Call, slug: str, body: Feedback) -> Redirect:
    """Keep a yes or no, and go back to the article. Raises TooOften."""
    wait_s = _wait_s(call)
    if wait_s:
        raise TooOften("That was often; try again in a minute.", retry_after_s=wait_s)
    article = await call.db.read(queries.public_article, slug, body.lang)
    await call.db.write(actions.give_feedback, article.id, helped=body.helped, now=call.clock.now())
    said = "yes" if body.helped else "no"
    return Redirect(f"/help/{article.slug}?lang={article.language}&said={said}#feedback")


def _article(
    c: Connection, index: KnowledgeIndex, slug: str, language: str
) -> tuple[ArticleView, list[ArticleHead]]:
    """Return an article and up to three like it, those of its category first."""
    article = queries.public_article(c, slug, language)
    near = index.suggest(c, article.title, limit=8, language=article.language, public_only=True)
    heads = queries.heads(c, [one.article_id for one in near if one.words])
    related = [heads[n.article_id] for n in near if n.article_id in heads]
    related.sort(key=lambda head: head.category_slug != article.category_slug)
    return article, [head for head in related if head.id != article.id][:3]


async def _language(call: Call, wanted: str | None) -> str:
    """Return the language to show: asked for, else the browser's, of those there are."""
    offered = await call.db.read(queries.languages)
    header = call.request.headers.get("Accept-Language", "")[:200]
    for tag in (wanted, *header.split(",")):
        language = language_of((tag or "").partition(";")[0].strip())
        if language in offered:
            return language
    return _FALLBACK if _FALLBACK in offered or not offered else offered[0]


def _wait_s(call: Call) -> float:
    return call.get(METER).wait_s(call.address, call.clock.now().timestamp())
