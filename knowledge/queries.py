"""Every read of articles and suggestions."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, func, select

from desk.cases.tables import cases
from desk.kit.errors import NotFound
from knowledge.rules import State, Visibility
from knowledge.suggest import ArticleText
from knowledge.tables import articles, categories, examples, generations, suggestions


class ArticleHead(Struct, frozen=True, kw_only=True):
    """An article as lists show it."""

    id: int
    public_id: str
    slug: str
    language: str
    title: str
    short_answer: str
    visibility: str
    category: str
    category_slug: str
    updated_at: datetime


class ArticleView(ArticleHead, frozen=True, kw_only=True):
    """A whole article."""

    body_md: str
    body_html: str
    state: str
    version: int
    phrases: list[str]


class SuggestionView(Struct, frozen=True, kw_only=True):
    """A suggestion as agents see it, with the head of its article."""

    id: int
    message_id: int
    article_id: int
    public_id: str
    slug: str
    title: str
    short_answer: str
    visibility: str
    rank: int
    confidence: float
    reason: str
    words: list[str]
    outcome: str | None
    at: datetime


class CategoryView(Struct, frozen=True, kw_only=True):
    """A category of the help centre with its articles, by title."""

    slug: str
    name: str
    articles: list[ArticleHead]


def article(c: Connection, public_id: str) -> ArticleView:
    """Return an article by its public id, in whatever state. Raises NotFound."""
    return _view(c, articles.c.public_id == public_id)


def public_article(c: Connection, slug: str, language: str | None = None) -> ArticleView:
    """Return a published, public article by its slug; in `language` if it is there.

    Raises NotFound, also for what exists and may not be read here.
    """
    order = (articles.c.language != (language or "en"), articles.c.language)
    query = _query(ArticleView).where(*_public(), articles.c.slug == slug).order_by(*order)
    row = c.execute(query.limit(1)).one_or_none()
    if row is None:
        raise NotFound("There is no such article.")
    return ArticleView(**row._mapping)


def heads(c: Connection, article_ids: list[int]) -> dict[int, ArticleHead]:
    """Return the published ones among `article_ids`, by id."""
    where = (articles.c.id.in_(article_ids), articles.c.state == State.PUBLISHED.value)
    rows = c.execute(_query(ArticleHead).where(*where))
    return {row.id: ArticleHead(**row._mapping) for row in rows}


def views(c: Connection, article_ids: list[int]) -> dict[int, ArticleView]:
    """Return the published ones among `article_ids` whole, by id."""
    where = (articles.c.id.in_(article_ids), articles.c.state == State.PUBLISHED.value)
    rows = c.execute(_query(ArticleView).where(*where))
    return {row.id: ArticleView(**row._mapping) for row in rows}


def published(c: Connection, language: str | None = None, limit: int = 500) -> list[ArticleHead]:
    """Return published articles, internal ones too, by category and title."""
    query = _query(ArticleHead).where(articles.c.state == State.PUBLISHED.value)
    if language is not None:
        query = query.where(articles.c.language == language)
    rows = c.execute(
        query.order_by(categories.c.name, articles.c.title, articles.c.id).limit(limit)
    )
    return [ArticleHead(**row._mapping) for row in rows]


def help_centre(c: Connection, language: str) -> list[CategoryView]:
    """Return the public categories of a language with their articles, by name."""
    query = _query(ArticleHead).where(*_public(), articles.c.language == language)
    shelves: dict[str, CategoryView] = {}
    for row in c.execute(query.order_by(categories.c.name, articles.c.title, articles.c.id)):
        head = ArticleHead(**row._mapping)
        empty = CategoryView(slug=head.category_slug, name=head.category, articles=[])
        shelves.setdefault(head.category_slug, empty).articles.append(head)
    return list(shelves.values())


def languages(c: Connection) -> list[str]:
    """Return the languages the help centre can be read in."""
    query = select(articles.c.language).where(*_public()).distinct().order_by(articles.c.language)
    return list(c.scalars(query))


def suggestions_of(c: Connection, case_number: int) -> list[SuggestionView]:
    """Return what was suggested for the last message of a case that had any, best first.

    Raises NotFound when there is no such case.
    """
    case_id = c.scalar(select(cases.c.id).where(cases.c.number == case_number))
    if case_id is None:
        raise NotFound(f"There is no case #{case_number}.")
    mine = suggestions.alias()
    latest = (
        select(func.max(mine.c.message_id))
        .where(mine.c.case_id == case_id, mine.c.shown_to == "agent")
        .scalar_subquery()
    )
    rows = c.execute(
        select(*_columns(SuggestionView, suggestions, articles))
        .join(articles, articles.c.id == suggestions.c.article_id)
        .where(
            suggestions.c.message_id == latest,
            suggestions.c.shown_to == "agent",
            articles.c.state == State.PUBLISHED.value,
        )
        .order_by(suggestions.c.rank)
    )
    return [SuggestionView(**row._mapping) for row in rows]


def shown_to_customer(c: Connection, case_id: int, article_id: int) -> int | None:
    """Return the last suggestion by which a case's customer was shown an article."""
    query = select(func.max(suggestions.c.id)).where(
        suggestions.c.case_id == case_id,
        suggestions.c.article_id == article_id,
        suggestions.c.shown_to == "customer",
    )
    return c.execute(query).scalar_one_or_none()


def generation(c: Connection) -> str:
    """Return the mark that is another one after every change of what can be found."""
    return c.scalar(select(generations.c.generation).where(generations.c.id == 1)) or ""


def versions(c: Connection) -> dict[int, datetime]:
    """Return every published article with the instant of its last change."""
    query = select(articles.c.id, articles.c.updated_at)
    rows = c.execute(query.where(articles.c.state == State.PUBLISHED.value))
    return {row.id: row.updated_at for row in rows}


def texts(c: Connection, article_ids: list[int]) -> list[ArticleText]:
    """Return what the suggester reads of published articles, by id."""
    columns = [articles.c[n] for n in ("id", "title", "phrases", "body_md", "short_answer")]
    rows = c.execute(
        select(*columns, articles.c.language, articles.c.visibility)
        .where(articles.c.id.in_(article_ids), articles.c.state == State.PUBLISHED.value)
        .order_by(articles.c.id)
    )
    return [
        ArticleText(
            id=row.id,
            title=row.title,
            phrases=tuple(row.phrases),
            body=f"{row.short_answer}\n{row.body_md}",
            language=row.language,
            public=row.visibility == Visibility.PUBLIC,
        )
        for row in rows
    ]


def examples_after(c: Connection, example_id: int, limit: int) -> list[Any]:
    """Return the newest `limit` rows (id, article_id, text) taught after `example_id`, in order."""
    query = select(examples.c.id, examples.c.article_id, examples.c.text)
    query = query.where(examples.c.id > example_id).order_by(examples.c.id.desc()).limit(limit)
    return list(reversed(c.execute(query).all()))


def _public() -> tuple[ColumnElement[bool], ...]:
    return (
        articles.c.state == State.PUBLISHED.value,
        articles.c.visibility == Visibility.PUBLIC.value,
    )


def _query(kind: type[ArticleHead]) -> Select[Any]:
    return (
        select(
            *_columns(kind, articles),
            categories.c.name.label("category"),
            categories.c.slug.label("category_slug"),
        )
        .select_from(articles)
        .join(categories, categories.c.id == articles.c.category_id)
    )


def _columns(kind: type[Struct], *tables: Any) -> list[Any]:
    """Return the column of the first table that has it, for each field that any has."""
    found = ((name, next((t for t in tables if name in t.c), None)) for name in _fields(kind))
    return [table.c[name] for name, table in found if table is not None]


def _fields(kind: type[Struct]) -> tuple[str, ...]:
    return kind.__struct_fields__


def _view(c: Connection, condition: ColumnElement[bool]) -> ArticleView:
    row = c.execute(_query(ArticleView).where(condition)).one_or_none()
    if row is None:
        raise NotFound("There is no such article.")
    return ArticleView(**row._mapping)
