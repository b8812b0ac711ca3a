"""Articles and suggestions over JSON."""

from aiohttp import web
from msgspec import Struct

from desk.events.actors import agent
from desk.http import Call, Need, Routes
from knowledge import actions, queries
from knowledge.index import KnowledgeIndex
from knowledge.queries import ArticleHead, ArticleView, SuggestionView
from knowledge.rules import Outcome
from knowledge.search import Found, find

INDEX: web.AppKey[KnowledgeIndex] = web.AppKey("knowledge")

routes = Routes()


class SearchQuery(Struct, frozen=True, kw_only=True):
    """What to look for; without `q` all published articles, by category."""

    q: str = ""
    language: str | None = None


class Articles(Struct, frozen=True, kw_only=True):
    """Articles found, best first."""

    items: list[ArticleHead]
    meant: str | None = None


class Suggestions(Struct, frozen=True, kw_only=True):
    """What is suggested for the last message of a case, best first."""

    items: list[SuggestionView]


class Judgement(Struct, frozen=True, kw_only=True):
    """What became of a suggestion."""

    outcome: Outcome


@routes.get("/api/v1/articles", needs=Need.AGENT)
async def list_articles(call: Call, query: SearchQuery) -> Articles:
    """Search the articles an agent may read, internal ones included."""
    if not query.q.strip():
        return Articles(items=await call.db.read(queries.published, query.language))
    found: Found = await call.db.read(
        find, call.get(INDEX), query.q, language=query.language, public_only=False
    )
    return Articles(items=[hit.article for hit in found.hits], meant=found.meant)


@routes.get("/api/v1/articles/{public_id}", needs=Need.AGENT)
async def show_article(call: Call, public_id: str) -> ArticleView:
    """Return one article with its Markdown and its HTML."""
    return await call.db.read(queries.article, public_id)


@routes.get("/api/v1/cases/{number}/suggestions", needs=Need.AGENT)
async def list_suggestions(call: Call, number: int) -> Suggestions:
    """Return up to three articles for the last message of the customer."""
    return Suggestions(items=await call.db.read(queries.suggestions_of, number))


@routes.post("/api/v1/suggestions/{suggestion_id}/feedback", needs=Need.AGENT)
async def judge_suggestion(call: Call, suggestion_id: int, body: Judgement) -> None:
    """Say what became of a suggestion; used and helpful ones teach the suggester."""
    await call.db.write(
        actions.judge,
        suggestion_id,
        body.outcome,
        actor=agent(call.agent.agent_id),
        now=call.clock.now(),
    )
