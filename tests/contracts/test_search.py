"""Contract of full-text search: the same questions find the same documents on both engines."""

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from desk.db import search
from desk.db.engine import Database
from desk.db.search import ARTICLE, CUSTOMER, MESSAGE, Hit, Weights
from desk.db.snippets import WIDTH, snippet


def fill(c: Connection) -> None:
    search.index(c, ARTICLE, 1, "Reset your password", "Open settings and choose a new one.")
    search.index(c, ARTICLE, 2, "Invoices", "Where to find an invoice; password not needed.")
    search.index(c, MESSAGE, 1, "", "Mon café préféré est fermé: le mot de passe ne marche pas.")
    search.index(c, CUSTOMER, 1, "José Ñandú", "jose@example.org")


async def found(database: Database, words: str, **options: object) -> list[tuple[str, int]]:
    hits: list[Hit] = await database.read(partial(search.find, **options), words)  # type: ignore[arg-type]
    return [(hit.kind, hit.id) for hit in hits]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("password", [(ARTICLE, 1), (ARTICLE, 2)]),  # the title counts more
        ("PASSWORD settings", [(ARTICLE, 1)]),  # every word must be there
        ("passw", [(ARTICLE, 1), (ARTICLE, 2)]),  # the last word may be a beginning
        ("passw settings", []),  # the others not
        ("cafe prefere", [(MESSAGE, 1)]),
        ("jose nandu", [(CUSTOMER, 1)]),
        ("jose@example.org", [(CUSTOMER, 1)]),
        ("", []),
        ("  …!?", []),
        ("nothing", []),
    ],
)
async def test_words_find_documents(
    database: Database, words: str, expected: list[tuple[str, int]]
) -> None:
    await database.write(fill)
    assert await found(database, words) == expected


async def test_only_the_kinds_asked_for_are_found(database: Database) -> None:
    await database.write(fill)
    assert await found(database, "passwor", kinds=[MESSAGE]) == []
    assert await found(database, "passe", kinds=[MESSAGE, CUSTOMER]) == [(MESSAGE, 1)]


async def test_a_document_indexed_again_is_replaced_and_a_removed_one_is_gone(
    database: Database,
) -> None:
    await database.write(fill)
    await database.write(search.index, ARTICLE, 1, "Change your e-mail", "…")
    assert await found(database, "password") == [(ARTICLE, 2)]
    await database.write(search.remove, ARTICLE, 2)
    await database.write(search.remove, ARTICLE, 2)
    assert await found(database, "password") == []


async def test_pages_follow_each_other_without_gap_or_repeat(database: Database) -> None:
    def many(c: Connection) -> None:
        for number in range(1, 31):
            kind = ARTICLE if number % 3 else MESSAGE
            search.index(c, kind, number, "parcel", "late " * (1 + number % 5))

    await database.write(many)
    everything = await found(database, "parcel late", limit=99)
    pages: list[tuple[str, int]] = []
    place = None
    while page := await database.read(partial(search.find, limit=7, after=place), "parcel late"):
        pages += [(hit.kind, hit.id) for hit in page]
        place = page[-1].place
    assert pages == everything
    assert len(everything) == 30


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.text(max_size=40) | st.text(alphabet="\"'*():^-+&|!<>{}\\%_ aOR\0", max_size=40))
async def test_nothing_a_person_types_is_syntax(database: Database, words: str) -> None:
    await database.read(search.find, words)
    await database.read(search.candidates, ARTICLE, [words])


async def test_candidates_hold_any_of_the_words_best_first(database: Database) -> None:
    def articles(c: Connection) -> None:
        search.index(c, ARTICLE, 1, "Delivery", "a parcel is late", phrases="where is my box")
        search.index(c, ARTICLE, 2, "Where is it", "nothing")
        search.index(c, ARTICLE, 3, "Refund", "money back")

    await database.write(articles)
    by_title = await database.read(search.candidates, ARTICLE, ["where", "box", "nothing", "zzz"])
    assert {id for id, _ in by_title} == {1, 2}
    for weights, best in ((Weights(1, 9, 1), 1), (Weights(9, 1, 1), 2)):
        ranked = await database.read(search.candidates, ARTICLE, ["where"], weights)
        assert ranked[0][0] == best
    assert await database.read(search.candidates, ARTICLE, []) == []


async def test_a_very_long_text_is_indexed_as_far_as_it_goes(database: Database) -> None:
    body = " ".join(f"word{number}" for number in range(200_000))
    await database.write(search.index, MESSAGE, 1, "", body)
    assert await found(database, "word7") == [(MESSAGE, 1)]


async def test_a_hit_shows_where_it_was_found(database: Database) -> None:
    body = "The parcel was sent on Monday. " * 20 + "Then the Überweisung failed. " + "Bye. " * 50
    await database.write(search.index, MESSAGE, 1, "", body)
    (hit,) = await database.read(search.find, "uberweis")
    assert "Überweisung" in hit.snippet
    assert len(hit.snippet) <= WIDTH + 4


@given(title=st.text(max_size=30), body=st.text(max_size=600), term=st.text("ab", min_size=1))
def test_a_snippet_is_short_and_part_of_the_text(title: str, body: str, term: str) -> None:
    shown = snippet(title, body, [term])
    assert len(shown) <= WIDTH + 4
    assert "\n" not in shown
