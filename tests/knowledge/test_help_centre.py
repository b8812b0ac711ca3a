"""The help centre over real sockets: read without JavaScript, searched with typos; and the API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

import knowledge
from desk.db.engine import Database
from desk.db.sqlite import SqliteDatabase
from desk.events.actors import SYSTEM
from desk.http import Role
from desk.kit.clock import FrozenClock
from desk.web.app import Shell, build_app
from desk.web.settings import WebSettings
from knowledge import actions, api, pages
from knowledge.handlers import suggest_for
from knowledge.index import KnowledgeIndex
from knowledge.rules import ArticleDraft, Visibility
from knowledge.search import Piece, mark, snippet
from knowledge.tables import article_feedback, search_log
from tests.desk.served import MONDAY, Client, Served, hire_cast, quick_passwords
from tests.knowledge.shop import open_shop, writes

ROOM = Path(knowledge.__file__).parent
SHELL = Shell(
    routes=(api.routes, pages.routes), templates=[ROOM / "templates"], static=[ROOM / "static"]
)


@pytest.fixture
async def shop(sqlite: SqliteDatabase) -> AsyncIterator[Served]:
    """A served desk with the shop's articles."""
    await sqlite.write(open_shop, MONDAY)
    clock, passwords = FrozenClock(MONDAY), quick_passwords()
    ids = await hire_cast(sqlite, passwords)
    app = await asyncio.to_thread(
        build_app, sqlite, clock, WebSettings(), SHELL, passwords=passwords
    )
    pages.keep(app, KnowledgeIndex())
    async with TestServer(app) as server, AsyncExitStack() as stack:
        yield Served(sqlite, clock, app, server, ids, stack)


async def get(client: Client, url: str, **headers: str) -> tuple[int, str]:
    async with client.get(url, headers=headers, allow_redirects=False) as reply:
        return reply.status, await reply.text()


async def rows(db: Database, table: str) -> list[tuple[object, ...]]:
    tables = {"search_log": search_log, "article_feedback": article_feedback}
    found = await db.read(lambda c: c.execute(tables[table].select()).all())
    return [tuple(row) for row in found]


async def test_the_help_centre_opens_with_search_and_categories(shop: Served) -> None:
    status, page = await get(await shop.nobody(), "/help")
    assert status == 200
    assert 'type="search"' in page
    assert "Returns and refunds" in page
    assert "/help/refund?lang=en" in page
    assert "<script" not in page
    assert " style=" not in page
    assert len(page.encode()) < 50_000


async def test_an_article_has_its_text_its_relatives_and_its_address(shop: Served) -> None:
    client = await shop.nobody()
    status, page = await get(client, "/help/refund")
    assert status == 200
    assert "<h1>When do I get my refund?</h1>" in page
    assert "<table>" in page
    assert 'rel="canonical"' in page
    assert "Did this help?" in page
    assert "/help/returns?lang=en" in page
    assert "<script" not in page
    assert len(page.encode()) < 50_000
    assert (await get(client, "/help/no-such-thing"))[0] == 404
    assert (await get(client, "/help/" + "x" * 3000))[0] == 404


async def test_a_search_forgives_typos_and_marks_its_words(shop: Served) -> None:
    client = await shop.nobody()
    status, page = await get(client, "/help/search?q=refnud")
    assert status == 200
    assert "<mark>refund</mark>" in page
    assert "Searched for <strong>refund</strong>" in page
    _, page = await get(client, "/help/search?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script" not in page
    assert (await get(client, "/help/search?q=+"))[0] == 303


async def test_a_search_with_nothing_says_so_and_both_are_counted(shop: Served) -> None:
    client = await shop.nobody()
    _, page = await get(client, "/help/search?q=quantum+chromodynamics")
    assert "Nothing found for" in page
    await get(client, "/help/search?q=refund+for+ada@example.com+4711")
    log = await rows(shop.db, "search_log")
    assert [row[1] for row in log] == ["quantum chromodynamics", "refund for"]
    assert log[0][3] == 0
    assert log[1][3] != 0


@pytest.mark.parametrize("query", ["a" * 5000, "%00", "é" * 300, '"; drop', "返品", "* OR -x ^("])
async def test_any_search_is_answered(shop: Served, query: str) -> None:
    status, _ = await get(await shop.nobody(), f"/help/search?q={query}")
    assert status in (200, 422)


async def test_did_this_help_is_a_form_that_needs_no_script(shop: Served) -> None:
    client = await shop.nobody()
    form = {"helped": "true", "lang": "en"}
    async with client.post("/help/refund/feedback", data=form) as reply:
        assert reply.status == 200
        assert "Thank you for telling us" in await reply.text()
    assert [row[3] for row in await rows(shop.db, "article_feedback")] == [True]
    async with client.post("/help/nothing/feedback", data=form) as reply:
        assert reply.status == 404
    async with client.post("/help/refund/feedback", data={"helped": "maybe"}) as reply:
        assert reply.status == 422


async def test_a_flood_of_feedback_is_refused(shop: Served) -> None:
    client = await shop.nobody()
    statuses = set()
    for _ in range(32):
        async with client.post("/help/refund/feedback", data={"helped": "false"}) as reply:
            statuses.add(reply.status)
    assert statuses == {200, 429}


async def test_what_is_internal_is_for_agents_only(shop: Served) -> None:
    draft = ArticleDraft(
        slug="goodwill",
        language="en",
        title="Goodwill limits",
        category="Internal",
        body_md="Up to 50 without asking.",
        visibility=Visibility.INTERNAL,
    )
    await shop.db.write(actions.publish, draft, actor=SYSTEM, now=MONDAY)
    nobody, alice = await shop.nobody(), await shop.client(Role.AGENT)
    assert (await get(nobody, "/help/goodwill"))[0] == 404
    assert "Goodwill limits" not in (await get(nobody, "/help/search?q=goodwill"))[1]
    assert "Goodwill limits" not in (await get(nobody, "/help"))[1]
    assert (await get(nobody, "/api/v1/articles?q=goodwill"))[0] == 401
    async with alice.get("/api/v1/articles?q=goodwil") as reply:
        found = await reply.json()
    assert [one["title"] for one in found["items"]] == ["Goodwill limits"]
    assert found["meant"] == "goodwill"
    async with alice.get(f"/api/v1/articles/{found['items'][0]['public_id']}") as reply:
        assert (await reply.json())["body_md"] == "Up to 50 without asking."
    assert (await get(alice, "/api/v1/articles/none"))[0] == 404
    async with alice.get("/api/v1/articles") as reply:
        assert len((await reply.json())["items"]) == 13


async def test_an_agent_sees_and_judges_the_suggestions_of_a_case(shop: Served) -> None:
    index = KnowledgeIndex()
    talk = await shop.db.write(writes, "When do I get my refund?", MONDAY)
    found = await shop.db.read(suggest_for, index, talk.case_id, talk.message_id)
    ids = await shop.db.write(
        actions.record_suggestions,
        talk.case_id,
        talk.message_id,
        found,
        shown_to="agent",
        actor=SYSTEM,
        now=MONDAY,
    )
    alice = await shop.client(Role.AGENT)
    async with alice.get("/api/v1/cases/1001/suggestions") as reply:
        items = (await reply.json())["items"]
    assert [one["id"] for one in items] == ids
    assert items[0]["slug"] == "refund"
    url = f"/api/v1/suggestions/{ids[0]}/feedback"
    for body, status in (({"outcome": "used"}, 204), ({"outcome": "perhaps"}, 422), ({}, 422)):
        async with alice.post(url, json=body) as reply:
            assert reply.status == status
    async with alice.post("/api/v1/suggestions/999/feedback", json={"outcome": "used"}) as reply:
        assert reply.status == 404
    assert (await get(alice, "/api/v1/cases/7/suggestions"))[0] == 404


async def test_the_browsers_language_is_shown_where_there_is_one(shop: Served) -> None:
    draft = ArticleDraft(
        slug="refund", language="de", title="Rückzahlung", category="Hilfe", body_md="Drei Tage."
    )
    await shop.db.write(actions.publish, draft, actor=SYSTEM, now=MONDAY)
    client = await shop.nobody()
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    assert "Rückzahlung" in (await get(client, "/help", **german))[1]
    assert "Drei Tage" in (await get(client, "/help/refund", **german))[1]
    assert "working days" in (await get(client, "/help/refund?lang=en", **german))[1]
    assert "My orders" in (await get(client, "/help/returns", **german))[1]


def test_marked_pieces_make_up_the_text_and_a_snippet_shows_where_the_words_are() -> None:
    assert mark("Refunds, now", {"refund"}, "en") == [Piece("Refunds", True), Piece(", now")]
    text = "nothing here " * 60 + "the refund comes in three days " + "nothing there " * 60
    shown = snippet(text, {"refund"}, "en")
    assert "the refund comes" in shown
    assert len(shown) < 200
    assert "".join(piece.text for piece in mark(text, {"refund"}, "en")) == text
