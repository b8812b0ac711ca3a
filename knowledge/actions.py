"""Every write to articles, suggestions and what they teach."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from desk.cases.tables import case_moved
from desk.db import search
from desk.db.upsert import insert_new, put
from desk.events import log
from desk.events.actors import Actor
from desk.events.facts import ArticleArchived, ArticlePublished, SuggestionJudged, SuggestionsMade
from desk.kit.errors import Conflict, Invalid, NotFound
from desk.kit.ids import new_id
from desk.kit.text import clean, one_line
from desk.messages.tables import messages
from knowledge.markdown import to_html
from knowledge.rules import (
    RESERVED,
    TEACHES,
    ArticleDraft,
    Outcome,
    State,
    impersonal,
    short_answer_of,
    slug_of,
)
from knowledge.suggest import Suggestion
from knowledge.tables import (
    article_feedback,
    article_versions,
    articles,
    categories,
    examples,
    generations,
    search_log,
    suggestions,
)

_WORDS = ("title", "short_answer", "body_md", "phrases")  # a change of these is a new version
_REST = ("visibility", "category_id", "source_path")


def publish(c: Connection, draft: ArticleDraft, *, actor: Actor, now: datetime) -> tuple[int, bool]:
    """Make `draft` readable and return the article's id and whether anything changed.

    The article with the same language and slug gets a new version when its words differ.
    """
    values = _values(c, draft)
    row = _by_slug(c, draft.language, draft.slug)
    if row is None:
        article_id, version = _create(c, draft, values, now), 1
    elif not _differs(row, values, (*_WORDS, *_REST)) and row.state == State.PUBLISHED:
        return row.id, False
    else:
        version = row.version + int(_differs(row, values, _WORDS))
        article_id = row.id
        values |= {"version": version, "state": State.PUBLISHED.value, "updated_at": now}
        c.execute(update(articles).where(articles.c.id == article_id).values(**values))
    _keep_version(c, article_id, version, values, actor, now)
    _make_findable(c, article_id, draft.language, values)
    _changed(c)
    log.append(c, ArticlePublished(article_id=article_id, version=version), now=now, actor=actor)
    return article_id, True


def archive(c: Connection, article_id: int, *, actor: Actor, now: datetime) -> None:
    """Stop showing an article; archiving it again changes nothing. Raises NotFound."""
    row = c.execute(select(articles.c.state).where(articles.c.id == article_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such article.")
    if row.state == State.ARCHIVED:
        return
    c.execute(
        update(articles)
        .where(articles.c.id == article_id)
        .values(state=State.ARCHIVED.value, updated_at=now)
    )
    search.remove(c, search.ARTICLE, article_id)
    _changed(c)
    log.append(c, ArticleArchived(article_id=article_id), now=now, actor=actor)


def record_suggestions(
    c: Connection,
    case_id: int,
    message_id: int,
    found: Sequence[Suggestion],
    *,
    shown_to: str,
    actor: Actor,
    now: datetime,
) -> list[int]:
    """Keep what was found for a message and return the suggestions' ids, best first.

    For a message that has its suggestions already nothing is kept, and the list is empty.
    """
    known = select(suggestions.c.id).where(
        suggestions.c.message_id == message_id, suggestions.c.shown_to == shown_to
    )
    if not found or c.execute(known.limit(1)).first() is not None:
        return []
    common = {"case_id": case_id, "message_id": message_id, "shown_to": shown_to, "at": now}
    ids = [
        c.execute(
            insert(suggestions)
            .values(
                article_id=one.article_id,
                rank=rank,
                score=one.score,
                confidence=one.confidence,
                reason=one.reason,
                words=list(one.words),
                **common,
            )
            .returning(suggestions.c.id)
        ).scalar_one()
        for rank, one in enumerate(found, start=1)
    ]
    fact = SuggestionsMade(message_id=message_id, suggestion_ids=tuple(ids))
    log.append(c, fact, now=now, actor=actor, case_id=case_id)
    return ids


def follow_move(c: Connection, move_id: int) -> None:
    """Bring the suggestions for messages that a merge or a split moved to where those are now."""
    moved = select(case_moved.c.row_id).where(
        case_moved.c.move_id == move_id, case_moved.c.kind == "message"
    )
    here = select(messages.c.case_id).where(messages.c.id == suggestions.c.message_id)
    c.execute(
        update(suggestions)
        .where(suggestions.c.message_id.in_(moved))
        .values(case_id=here.scalar_subquery())
    )


def judge(
    c: Connection, suggestion_id: int, outcome: Outcome, *, actor: Actor, now: datetime
) -> None:
    """Keep what became of a suggestion; used and helpful ones teach. Raises NotFound."""
    row = c.execute(
        select(suggestions).where(suggestions.c.id == suggestion_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such suggestion.")
    if row.outcome == outcome:
        return
    c.execute(
        update(suggestions).where(suggestions.c.id == suggestion_id).values(outcome=outcome.value)
    )
    if outcome in TEACHES:
        teach(c, row.message_id, row.article_id, now=now)
    fact = SuggestionJudged(suggestion_id=suggestion_id, outcome=outcome.value)
    log.append(c, fact, now=now, actor=actor, case_id=row.case_id)


def teach(c: Connection, message_id: int, article_id: int, *, now: datetime) -> bool:
    """Keep that an article answered a message; False when that was known, or says nothing.

    The text is kept without addresses and numbers; each process learns it at its next look.
    """
    row = c.execute(
        select(messages.c.subject, messages.c.text).where(messages.c.id == message_id)
    ).one_or_none()
    text = impersonal(f"{row.subject or ''} {row.text}") if row is not None else ""
    if not text:
        return False
    _changed(c)  # first: whoever holds the row hands out example ids in the order they commit
    values = {"article_id": article_id, "message_id": message_id, "text": text, "at": now}
    return insert_new(c, examples, values, ["article_id", "message_id"])


def forget_customer(c: Connection, identity_ids: Collection[int]) -> None:
    """Forget what was learned from a customer's words, and which of them were found."""
    his = select(messages.c.id).where(messages.c.identity_id.in_(identity_ids))
    c.execute(delete(examples).where(examples.c.message_id.in_(his)))
    gone = {"words": [], "reason": ""}
    c.execute(update(suggestions).where(suggestions.c.message_id.in_(his)).values(**gone))
    _changed(c)


def give_feedback(c: Connection, article_id: int, *, helped: bool, now: datetime) -> None:
    """Keep a reader's yes or no about an article. Nothing of the reader is kept."""
    version = c.execute(
        select(articles.c.version).where(articles.c.id == article_id)
    ).scalar_one_or_none()
    if version is None:
        raise NotFound("There is no such article.")
    row = {"article_id": article_id, "version": version, "helped": helped, "at": now}
    c.execute(insert(article_feedback).values(**row))


def log_search(
    c: Connection, query: str, language: str | None, results: int, *, now: datetime
) -> None:
    """Keep what was searched for and how much was found, without personal data."""
    row = {"query": impersonal(query, 200), "language": language, "results": results, "at": now}
    c.execute(insert(search_log).values(**row))


def _values(c: Connection, draft: ArticleDraft) -> dict[str, Any]:
    """Return the columns a draft fills. Raises Invalid."""
    title, body = one_line(draft.title), clean(draft.body_md).strip()
    if not title:
        raise Invalid("An article needs a title.", pointer="/title")
    if not body:
        raise Invalid("An article needs a text.", pointer="/body_md")
    if slug_of(draft.slug) != draft.slug or draft.slug in RESERVED:
        raise Invalid(
            'A slug is small letters, digits and hyphens, and not "search".', pointer="/slug"
        )
    return {
        "title": title[:300],
        "short_answer": one_line(draft.short_answer) or short_answer_of(body),
        "body_md": body,
        "body_html": to_html(body),
        "phrases": [one_line(phrase)[:300] for phrase in draft.phrases if phrase.strip()],
        "visibility": draft.visibility.value,
        "category_id": _category(c, draft.category, draft.language),
        "source_path": draft.source_path,
    }


def _create(c: Connection, draft: ArticleDraft, values: dict[str, Any], now: datetime) -> int:
    row = {
        "public_id": new_id(),
        "slug": draft.slug,
        "language": draft.language,
        "state": State.PUBLISHED.value,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        **values,
    }
    if not insert_new(c, articles, row, ["language", "slug"]):
        raise Conflict("Somebody else just published an article at this address; try again.")
    created = _by_slug(c, draft.language, draft.slug)
    assert created is not None  # inserted above, in this unit  # noqa: S101
    return int(created.id)


def _by_slug(c: Connection, language: str, slug: str) -> Row[Any] | None:
    where = (articles.c.language == language, articles.c.slug == slug)
    return c.execute(select(articles).where(*where).with_for_update()).one_or_none()


def _category(c: Connection, name: str, language: str) -> int:
    """Return the id of the category called `name`, made when it is new."""
    name = one_line(name)[:100] or "General"
    slug = slug_of(name) or "general"
    row = {"slug": slug, "name": name, "language": language}
    insert_new(c, categories, row, ["language", "slug"])
    where = (categories.c.language == language, categories.c.slug == slug)
    return int(c.execute(select(categories.c.id).where(*where)).scalar_one())


def _differs(row: Row[Any], values: dict[str, Any], names: Sequence[str]) -> bool:
    return any(getattr(row, name) != values[name] for name in names)


def _keep_version(
    c: Connection,
    article_id: int,
    version: int,
    values: dict[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    row = {name: values[name] for name in _WORDS}
    row |= {"article_id": article_id, "version": version, "at": now}
    row |= {"actor_kind": actor.kind.value, "actor_id": actor.id}
    insert_new(c, article_versions, row, ["article_id", "version"])


def _make_findable(c: Connection, article_id: int, language: str, values: dict[str, Any]) -> None:
    """Put an article into the desk's own search, beside messages and customers."""
    search.index(
        c,
        search.ARTICLE,
        article_id,
        values["title"],
        f"{values['short_answer']}\n{values['body_md']}",
        phrases="\n".join(values["phrases"]),
        language=language,
    )


def _changed(c: Connection) -> None:
    """Give the articles a new generation: every process's copy is stale once this commits."""
    row = {"id": 1, "generation": new_id()}
    put(c, generations, row, ["id"])
