"""Articles on the record: versions, import, what every process comes to know of them."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from desk.db import search
from desk.db.engine import Database
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.log import START
from desk.kit.clock import FrozenClock
from desk.kit.errors import Invalid, NotFound
from knowledge import actions, queries
from knowledge.index import KnowledgeIndex
from knowledge.intake import import_folder, parse, read_folder
from knowledge.rules import ArticleDraft, Visibility, impersonal, short_answer_of, slug_of
from knowledge.tables import article_versions, articles
from tests.knowledge.shop import DRAFTS, PROBLEMS, open_shop

DRAFT = ArticleDraft(
    slug="tea", language="en", title="Tea", category="Drinks", body_md="Pour *hot* water."
)


def _count(c: Connection, table: str) -> int:
    tables = {"articles": articles, "versions": article_versions}
    return c.execute(select(func.count()).select_from(tables[table])).scalar_one()


async def test_the_demos_articles_import_whole_and_a_second_time_change_nothing(
    database: Database, clock: FrozenClock
) -> None:
    first = await database.write(open_shop, clock.now())
    again = await database.write(open_shop, clock.now())
    assert (first.changed, first.unchanged, first.problems) == (12, 0, [])
    assert (again.changed, again.unchanged) == (0, 12)
    assert await database.read(_count, "versions") == 12
    shelves = await database.read(queries.help_centre, "en")
    assert sum(len(shelf.articles) for shelf in shelves) == 12
    assert all(head.short_answer for shelf in shelves for head in shelf.articles)


async def test_new_words_make_a_new_version_and_a_fact(
    database: Database, clock: FrozenClock
) -> None:
    def story(c: Connection) -> None:
        article_id, _ = actions.publish(c, DRAFT, actor=SYSTEM, now=clock.now())
        changed = replace(DRAFT, body_md="Pour boiling water.")
        assert actions.publish(c, changed, actor=SYSTEM, now=clock.now()) == (article_id, True)
        moved = replace(changed, visibility=Visibility.INTERNAL)
        assert actions.publish(c, moved, actor=SYSTEM, now=clock.now()) == (article_id, True)

    await database.write(story)
    assert await database.read(_count, "articles") == 1
    assert await database.read(_count, "versions") == 2
    events = await database.read(log.read, START, 10)
    assert [(e.kind, e.body["version"]) for e in events] == [
        ("article.published", 1),
        ("article.published", 2),
        ("article.published", 2),
    ]
    with pytest.raises(NotFound):
        await database.read(queries.public_article, "tea")


async def test_an_archived_article_is_gone_for_readers_and_for_search(
    database: Database, clock: FrozenClock
) -> None:
    index = KnowledgeIndex()
    article_id, _ = await database.write(actions.publish, DRAFT, actor=SYSTEM, now=clock.now())
    assert len(await database.read(index.suggest, "hot tea")) == 1
    assert [hit.id for hit in await database.read(search.find, "boil")] == []
    assert [hit.id for hit in await database.read(search.find, "pour hot")] == [article_id]
    await database.write(actions.archive, article_id, actor=SYSTEM, now=clock.now())
    await database.write(actions.archive, article_id, actor=SYSTEM, now=clock.now())
    assert await database.read(index.suggest, "hot tea") == []
    assert await database.read(search.find, "pour hot") == []
    with pytest.raises(NotFound):
        await database.read(queries.public_article, "tea")
    with pytest.raises(NotFound):
        await database.write(actions.archive, 99, actor=SYSTEM, now=clock.now())


async def test_markup_in_an_article_does_no_harm(database: Database, clock: FrozenClock) -> None:
    body = (
        "# Hi\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![p](https://e.example/p.png)"
    )
    draft = replace(DRAFT, body_md=body)
    await database.write(actions.publish, draft, actor=SYSTEM, now=clock.now())
    html = (await database.read(queries.public_article, "tea")).body_html
    assert "<script" not in html
    assert "href" not in html
    assert "<h2>Hi</h2>" in html


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"body_md": "\n"}, {"slug": "Not a slug"}, {"slug": "search"}]
)
async def test_an_article_that_cannot_be_shown_is_refused(
    database: Database, clock: FrozenClock, wrong: dict[str, str]
) -> None:
    draft = replace(DRAFT, **wrong)
    with pytest.raises(Invalid):
        await database.write(actions.publish, draft, actor=SYSTEM, now=clock.now())


BAD = {
    "no-front.md": ("Just text.\n", "line 1"),
    "open-front.md": ("---\ntitle: A\n", "line 2"),
    "typo.md": ("---\ntitle: A\ncategory: B\ntitel: C\n---\nText\n", "line 4"),
    "yaml.md": ("---\ntitle: A\nphrases: [a, b\n---\nText\n", "line"),
    "list.md": ("---\n- a\n---\nText\n", "line 2"),
    "language.md": ("---\ntitle: A\nlanguage: klingon\n---\nText\n", "line 3"),
    "visibility.md": ("---\ntitle: A\n\nvisibility: secret\n---\nText\n", "line 4"),
    "slug.md": ("---\ntitle: A\nslug: Ä B\n---\nText\n", "line 3"),
    "empty.md": ("---\ntitle: A\n---\n\n", "line 4"),
    "nameless.md": ("---\ncategory: B\n---\nText\n", "line 2"),
    "date.md": ("---\ntitle: 2026-99-99\n---\nText\n", "line 2"),
}


def test_a_bad_file_is_named_with_its_line_and_the_others_go_on(tmp_path: Path) -> None:
    for name, (text, _) in BAD.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "latin.md").write_bytes("---\ntitle: A\n---\nÄrger".encode("latin-1"))
    (tmp_path / "twice.md").write_text("---\ntitle: Fine\n---\nText\n")
    (tmp_path / "fine.md").write_text("---\ntitle: Fine\n---\nText\n")
    (tmp_path / "notes.txt").write_text("not an article")
    drafts, problems = read_folder(tmp_path)
    assert [draft.slug for draft in drafts] == ["fine"]
    said = {problem.split(",")[0]: problem for problem in problems}
    assert set(said) == {*BAD, "latin.md", "twice.md"}
    for name, (_, where) in BAD.items():
        assert where in said[name], said[name]
        assert said[name].endswith(".")
    assert "line 4" in said["latin.md"]
    with pytest.raises(Invalid):
        read_folder(tmp_path / "nowhere")


def test_a_file_with_other_line_ends_and_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf---\r\ntitle: A b\r\n---\r\n\r\nText\r\n")
    drafts, problems = read_folder(tmp_path)
    assert (problems, [d.slug for d in drafts]) == ([], ["a-b"])


@pytest.fixture
def two_megabytes(tmp_path: Path) -> Path:
    """A folder with one article of two megabytes."""
    big = "---\ntitle: The whole story\n---\n" + "delivery and refund. " * 100_000
    (tmp_path / "big.md").write_text(big)
    return tmp_path


async def test_a_huge_article_is_imported_and_does_not_drown_the_rest(
    sqlite: Database, clock: FrozenClock, two_megabytes: Path
) -> None:
    await sqlite.write(open_shop, clock.now())
    done = await import_folder(sqlite, two_megabytes, actor=SYSTEM, now=clock.now())
    assert done.changed == 1
    found = await sqlite.read(KnowledgeIndex().suggest, "when do I get my refund")
    head = await sqlite.read(queries.heads, [found[0].article_id])
    assert head[found[0].article_id].slug == "refund"


def test_a_slug_and_a_short_answer_are_made_where_none_is_written() -> None:
    assert slug_of("Où est ma commande ?") == "ou-est-ma-commande"
    assert slug_of("返品") == ""
    assert short_answer_of("# Title\n\n- a list\n\nThe first\nparagraph.\n\nMore.") == (
        "The first paragraph."
    )
    assert len(short_answer_of("word " * 500)) <= 400
    draft = parse("---\ntitle: 返品\n---\n本文", "returns-ja.md")
    assert draft.slug == "returns-ja"


def test_what_is_kept_of_a_question_has_no_addresses_and_no_numbers() -> None:
    text = "Order A-4711 for ada@example.com, call +31 20 555, see https://x.example/a  please"
    kept = impersonal(text)
    assert not any(sign in kept for sign in ("4711", "ada", "555", "example"))
    assert "please" in kept


def test_the_demos_articles_are_well_written() -> None:
    assert PROBLEMS == []
    for draft in DRAFTS:
        assert 3 <= len(draft.phrases) <= 6, draft.slug
        assert 20 <= len(draft.short_answer) <= 200, draft.slug
