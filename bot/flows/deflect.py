"""What the bot can answer with: articles that customers may read, as offers."""

from collections.abc import Sequence

from sqlalchemy import Connection

from bot.flows.engine import ARTICLE, Offer, Place
from knowledge import queries
from knowledge.handlers import suggest_for
from knowledge.index import KnowledgeIndex
from knowledge.queries import ArticleView
from knowledge.rules import Visibility
from knowledge.suggest import Suggestion


def found_for(
    c: Connection, index: KnowledgeIndex, case_id: int, message_id: int
) -> list[Suggestion]:
    """Return the articles that may answer a message, those only that customers may read."""
    return suggest_for(c, index, case_id, message_id, public_only=True)


def offers_of(c: Connection, found: Sequence[Suggestion], public_url: str) -> tuple[Offer, ...]:
    """Return the articles found as offers, best first."""
    articles = queries.views(c, [one.article_id for one in found])
    return tuple(
        _offer(articles[one.article_id], one.confidence, public_url)
        for one in found
        if one.article_id in articles
    )


def offers_at(c: Connection, place: Place, pressed: str, public_url: str) -> tuple[Offer, ...]:
    """Return what a press may ask for: the article on the button and those still offered."""
    ids = list(place.offered)
    number = pressed.removeprefix(ARTICLE)
    if pressed.startswith(ARTICLE) and number.isascii() and number.isdecimal():
        ids.append(int(number[:15]))
    articles = queries.views(c, ids)
    return tuple(
        _offer(articles[at], 0.0, public_url)
        for at in dict.fromkeys(ids)
        if at in articles and articles[at].visibility == Visibility.PUBLIC
    )


def _offer(article: ArticleView, confidence: float, public_url: str) -> Offer:
    return Offer(
        article_id=article.id,
        title=article.title,
        answer=article.short_answer,
        url=f"{public_url}/help/{article.slug}?lang={article.language}",
        confidence=confidence,
    )
