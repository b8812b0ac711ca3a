"""Full-text search: the one place that knows FTS5 from tsvector.

One index per kind, so that how rare a word is counts among its like. Tables are made by the
migrations by hand and are not part of the metadata.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Select,
    TableClause,
    Text,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    table,
)

from desk.db.snippets import snippet
from desk.db.upsert import put
from desk.kit.text import fold

MESSAGE, CUSTOMER, ARTICLE, CASE = KINDS = ("message", "customer", "article", "case")

LONGEST = 100_000  # characters of a text that are indexed: a tsvector has a limit
MOST_WORDS = 16  # of a query; the rest is not looked at

_WORD = re.compile(r"[^\W_]+")


class Weights(NamedTuple):
    """What a word counts in each column."""

    title: float = 10.0
    phrases: float = 5.0
    body: float = 1.0


class Document(NamedTuple):
    """What can be found; see `index`."""

    id: int
    title: str
    body: str
    phrases: str = ""
    language: str | None = None


class Place(Struct, frozen=True):
    """Where a page of hits ended: hand it to `find` for the next page."""

    score: float
    kind: str
    id: int


class Hit(Struct, frozen=True):
    """One document found; a higher score is better, comparable within one engine only."""

    kind: str
    id: int
    score: float
    snippet: str

    @property
    def place(self) -> Place:
        """Where the page ends if this is its last hit."""
        return Place(self.score, self.kind, self.id)


def index(
    c: Connection,
    kind: str,
    id: int,
    title: str,
    body: str,
    *,
    phrases: str = "",
    language: str | None = None,
) -> None:
    """Make a document findable, or replace it. `phrases` are other words people use for it."""
    row = {
        "rowid": id,
        "title": title,
        "phrases": phrases,
        "body": body[:LONGEST],
        "language": language,
    }
    if c.dialect.name == "sqlite":
        remove(c, kind, id)
        c.execute(insert(_documents(kind)).values(row))
    else:
        put(c, _documents(kind), {**row, "words": _vector(title, phrases, body)}, ["rowid"])  # type: ignore[arg-type]


def index_new(c: Connection, kind: str, documents: Sequence[Document]) -> None:
    """Make many documents findable at once, none of which is in the index yet."""
    rows: list[dict[str, Any]] = [
        {
            "rowid": one.id,
            "title": one.title,
            "phrases": one.phrases,
            "body": one.body[:LONGEST],
            "language": one.language,
        }
        for one in documents
    ]
    statement = insert(_documents(kind))
    if c.dialect.name != "sqlite":
        lettered = (("A", "title"), ("B", "phrases"), ("D", "body"))
        words = _weighted([(letter, bindparam(f"{at}_words")) for letter, at in lettered])
        statement = statement.values(words=words)
        for row in rows:
            row |= {f"{at}_words": _folded(row[at]) for _, at in lettered}
    if rows:
        c.execute(statement, rows)


def remove(c: Connection, kind: str, id: int) -> None:
    """Make a document unfindable; nothing happens when there is none."""
    c.execute(delete(_documents(kind)).where(column("rowid") == id))


def find(
    c: Connection,
    words: str,
    *,
    kinds: Collection[str] = KINDS,
    limit: int = 20,
    after: Place | None = None,
) -> list[Hit]:
    """Return the documents that hold every word of `words`, best first.

    Case and accents do not matter; the last word may be the beginning of one. Nothing a person
    types is syntax. `after` is the `place` of the last hit of the page before.
    """
    terms = split(words)[:MOST_WORDS]
    if not terms:
        return []
    found = [
        Place(score, kind, id)
        for kind in kinds
        for id, score in _best(c, kind, _all_of(c, terms), Weights(), limit, after)
    ]
    found.sort(key=lambda place: (-place.score, place.kind, place.id))
    return _with_snippets(c, found[:limit], terms)


def candidates(
    c: Connection,
    kind: str,
    words: Iterable[str],
    weights: Weights = Weights(3, 2, 1),  # noqa: B008 - an immutable tuple
    limit: int = 40,
) -> list[tuple[int, float]]:
    """Return (id, score) of the documents that hold any of `words`, best first."""
    terms = [term for word in words for term in split(word)]
    if not terms:
        return []
    return _best(c, kind, _any_of(c, terms), weights, limit, None)


def split(text: str) -> list[str]:
    """Return the words of `text` as both engines see them, without case and signs."""
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


def _documents(kind: str) -> TableClause:
    if kind not in KINDS:
        raise ValueError(f"nothing is indexed under {kind!r}")
    names = ("title", "phrases", "body", "language")
    columns = [column(name, Text) for name in names]
    return table(f"fulltext_{kind}", column("rowid", BigInteger), *columns, column("words"))


def _all_of(c: Connection, terms: list[str]) -> str:
    *whole, last = terms
    if c.dialect.name == "sqlite":
        return " ".join([*(f'"{term}"' for term in whole), f'"{last}" *'])
    return " & ".join([*(f"'{fold(term)}'" for term in whole), f"'{fold(last)}':*"])


def _any_of(c: Connection, terms: list[str]) -> str:
    if c.dialect.name == "sqlite":
        return " OR ".join(f'"{term}"' for term in terms)
    return " | ".join(f"'{fold(term)}'" for term in terms)


def _best(
    c: Connection, kind: str, query: str, weights: Weights, limit: int, after: Place | None
) -> list[tuple[int, float]]:
    documents = _documents(kind)
    ranked = _ranked_fts5 if c.dialect.name == "sqlite" else _ranked_tsvector
    scored = ranked(documents, query, weights).subquery()
    statement = select(scored.c.rowid, scored.c.score)
    if after is not None:
        statement = statement.where(_follows(scored.c.score, scored.c.rowid, kind, after))
    statement = statement.order_by(scored.c.score.desc(), scored.c.rowid).limit(limit)
    return [(row.rowid, row.score) for row in c.execute(statement)]


def _ranked_fts5(documents: TableClause, query: str, weights: Weights) -> Select[tuple[int, float]]:
    hidden: ColumnElement[str] = literal_column(
        documents.name
    )  # an FTS5 table has a column of its own name
    score = -func.bm25(hidden, *(literal(float(weight)) for weight in weights))
    return (
        select(column("rowid", Integer), cast(score, Double).label("score"))
        .select_from(documents)
        .where(hidden.op("MATCH")(query))
    )


def _ranked_tsvector(
    documents: TableClause, query: str, weights: Weights
) -> Select[tuple[int, float]]:
    asked = func.to_tsquery(literal_column("'simple'"), query)
    most = max(weights)
    by_letter = [weights.body / most, 0.0, weights.phrases / most, weights.title / most]  # D to A
    array: ColumnElement[str] = literal_column(
        "'{" + ",".join(f"{share:.6f}" for share in by_letter) + "}'::real[]"
    )
    by_length = 1  # divide by 1 + log(length)
    rank = func.ts_rank(array, documents.c.words, asked, by_length)
    return select(documents.c.rowid, cast(rank, Double).label("score")).where(
        documents.c.words.op("@@")(asked)
    )


def _follows(
    score: ColumnElement[float], id: ColumnElement[int], kind: str, after: Place
) -> ColumnElement[bool]:
    last = literal(after.score, Double)
    if kind > after.kind:
        return score <= last
    if kind < after.kind:
        return score < last
    return or_(score < last, and_(score == last, id > after.id))


def _with_snippets(c: Connection, places: list[Place], terms: list[str]) -> list[Hit]:
    texts: dict[tuple[str, int], tuple[str, str]] = {}
    for kind in {place.kind for place in places}:
        documents = _documents(kind)
        ids = [place.id for place in places if place.kind == kind]
        statement = select(documents.c.rowid, documents.c.title, documents.c.body)
        for row in c.execute(statement.where(documents.c.rowid.in_(ids))):
            texts[kind, row.rowid] = (row.title, row.body)
    return [Hit(at.kind, at.id, at.score, snippet(*texts[at.kind, at.id], terms)) for at in places]


def _vector(title: str, phrases: str, body: str) -> ColumnElement[str]:
    """The words with the letter of their column. We fold and split: no extension is needed."""
    parts = (("A", title), ("B", phrases), ("D", body))
    return _weighted([(letter, literal(_folded(part))) for letter, part in parts])


def _folded(text: str) -> str:
    return " ".join(split(fold(text[:LONGEST])))


def _weighted(parts: Sequence[tuple[str, ColumnElement[str]]]) -> ColumnElement[str]:
    vectors = [
        func.setweight(
            func.to_tsvector(literal_column("'simple'"), cast(words, Text)),
            literal_column(f"'{letter}'"),
        )
        for letter, words in parts
    ]
    return vectors[0].op("||")(vectors[1]).op("||")(vectors[2])
