"""The help centre's search: typos forgiven, hits with their words marked."""

import re
from collections.abc import Iterable
from html import unescape

import nh3
from msgspec import Struct
from sqlalchemy import Connection

from knowledge import queries
from knowledge.index import KnowledgeIndex
from knowledge.queries import ArticleHead, ArticleView
from knowledge.text import norm, stem, tokens

LIMIT = 20
QUERY_LIMIT = 200  # characters of a search that are read
_LEAST_COVERAGE = 0.2
_WORD = re.compile(r"\w+")
_SNIPPET = 180


class Piece(Struct, frozen=True):
    """A stretch of text, marked when it is a word that was searched for."""

    text: str
    marked: bool = False


class Hit(Struct, frozen=True, kw_only=True):
    """One article found, with its title and a snippet cut into pieces."""

    article: ArticleHead
    title: list[Piece]
    snippet: list[Piece]


class Found(Struct, frozen=True, kw_only=True):
    """The answer to a search. `meant`: what was searched for, where that is not what was typed.

    `exact` is False when no article holds the words and the nearest are shown instead.
    """

    query: str
    hits: list[Hit]
    meant: str | None = None
    exact: bool = True


def find(
    c: Connection,
    index: KnowledgeIndex,
    query: str,
    *,
    language: str | None = None,
    public_only: bool = True,
    limit: int = LIMIT,
) -> Found:
    """Return the articles that answer `query`, best first."""
    query = " ".join(query[:QUERY_LIMIT].split())
    found = index.suggest(c, query, limit=limit, language=language, public_only=public_only)
    close = [one for one in found if one.words and one.coverage >= _LEAST_COVERAGE]
    shown = close or [one for one in found if not one.words][:3]
    articles = queries.views(c, [one.article_id for one in shown])
    words = index.spelled(query, language)
    meant = " ".join(words)
    return Found(
        query=query,
        hits=[_hit(articles[s.article_id], words) for s in shown if s.article_id in articles],
        meant=meant if meant != " ".join(tokens(query)) and close else None,
        exact=bool(close),
    )


def _hit(article: ArticleView, words: Iterable[str]) -> Hit:
    stems = {stem(word, article.language) for word in words}
    flowing = article.body_html.replace("</h2>", ": ").replace("</h3>", ": ")
    plain = unescape(nh3.clean(flowing, tags=set()))
    head = {name: getattr(article, name) for name in ArticleHead.__struct_fields__}
    return Hit(
        article=ArticleHead(**head),
        title=mark(article.title, stems, article.language),
        snippet=mark(
            snippet(f"{article.short_answer} {plain}", stems, article.language),
            stems,
            article.language,
        ),
    )


def mark(text: str, stems: set[str], language: str) -> list[Piece]:
    """Return `text` in pieces, its words with one of `stems` marked; joined they are `text`."""
    pieces: list[Piece] = []
    at = 0
    for word in _WORD.finditer(text):
        if stem(norm(word[0]), language) in stems:
            pieces += [Piece(text[at : word.start()])] if word.start() > at else []
            pieces.append(Piece(word[0], True))
            at = word.end()
    return pieces + ([Piece(text[at:])] if at < len(text) else [])


def snippet(text: str, stems: set[str], language: str, width: int = _SNIPPET) -> str:
    """Return about `width` characters of `text` where the most of `stems` stand together."""
    text = " ".join(text[:20_000].split())
    hits = [w.start() for w in _WORD.finditer(text) if stem(norm(w[0]), language) in stems]
    best = max(hits, key=lambda at: (sum(at <= h < at + width for h in hits), -at), default=0)
    start = 0 if best < width // 2 else text.rfind(" ", 0, best - 40) + 1
    cut = text[start : start + width]
    if start + width < len(text):
        cut = cut.rsplit(" ", 1)[0] + " …"
    return f"… {cut}" if start else cut
