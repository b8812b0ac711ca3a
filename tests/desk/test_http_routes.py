"""Declared routes, over real sockets: what is refused at import and what reaches a handler."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer
from msgspec import Meta, Struct

from desk.db.engine import Database
from desk.http import Call, Download, Html, Need, Page, Redirect, Role, Routes, Upload, Who
from desk.http.call import CLOCK, DATABASE, IDENTIFY, RENDER
from desk.http.serve import mount
from desk.kit.clock import FrozenClock
from desk.web.middleware import DOORS, identified, problems

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Client = TestClient[web.Request, web.Application]


class Words(Struct):
    text: Annotated[str, Meta(max_length=10)]
    times: int = 1


class Filter(Struct):
    limit: int = 50
    tag: list[str] = []
    open: bool | None = None


routes = Routes()


@routes.post("/api/v1/words/{number}", needs=Need.AGENT, status=201)
async def say(call: Call, number: int, body: Words) -> Words:
    """Say it."""
    return Words(text=f"{number}:{body.text}", times=body.times)


@routes.get("/api/v1/words", needs=Need.NOBODY)
async def list_words(call: Call, query: Filter) -> Page[str]:
    """List them."""
    return Page([*query.tag, str(query.limit), str(query.open)])


@routes.delete("/api/v1/words/{number}", needs=Need.ADMIN)
async def unsay(call: Call, number: int) -> None:
    """Take it back."""


@routes.page("/words/{slug}", needs=Need.NOBODY)
async def page(call: Call, slug: str) -> Html | Download:
    """Show it."""
    if slug == "file":
        return Download("Übersicht.csv", "text/csv", b"a,b")
    return Html("words.html", {"slug": slug})


@routes.form("/words", needs=Need.NOBODY)
async def send(call: Call, body: Words, files: list[Upload]) -> Redirect:
    """Take the form."""
    return Redirect(f"/words/{body.text}-{len(files)}-{sum(len(f.content) for f in files)}")


async def identify(request: web.Request) -> Who | None:
    role = request.headers.get("X-Role")
    return Who(1, "Alice", Role(role)) if role else None


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application(middlewares=[identified, problems])
    app[DOORS] = frozenset()
    app[DATABASE] = cast(Database, None)  # no handler here looks at it
    app[CLOCK] = FrozenClock(NOON)
    app[IDENTIFY] = identify
    app[RENDER] = lambda request, page: f"<p>{page.data.get('slug')}"
    mount(app, [routes])
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_types_reach_the_handler_and_a_struct_comes_back(client: Client) -> None:
    reply = await client.post(
        "/api/v1/words/7", json={"text": "hello", "times": 2}, headers={"X-Role": "agent"}
    )
    assert reply.status == 201
    assert await reply.json() == {"text": "7:hello", "times": 2}


async def test_a_query_string_becomes_a_struct(client: Client) -> None:
    reply = await client.get("/api/v1/words?limit=5&tag=a&tag=b&open=true&other=1")
    assert (await reply.json())["items"] == ["a", "b", "5", "True"]


async def test_a_page_is_rendered_and_a_download_is_saved(client: Client) -> None:
    shown = await client.get("/words/tea")
    assert (shown.content_type, await shown.text()) == ("text/html", "<p>tea")
    saved = await client.get("/words/file")
    assert saved.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%C3%9Cb")


async def test_a_form_brings_fields_and_files(client: Client) -> None:
    form = FormData({"text": "tea", "times": "3"})
    form.add_field("one", b"12345", filename="a.txt")
    reply = await client.post("/words", data=form, allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/words/tea-1-5")


async def test_the_head_of_a_page_can_be_asked_for(client: Client) -> None:
    reply = await client.head("/words/tea")
    assert (reply.status, reply.content_type, await reply.read()) == (200, "text/html", b"")


@pytest.mark.parametrize("number", [2**63, -(2**63), 10**400])
async def test_a_number_no_column_holds_is_refused(client: Client, number: int) -> None:
    words = {"text": "1" * 10, "times": 1}
    agent = {"X-Role": "agent"}
    for path in (f"/api/v1/words/{number}", "/api/v1/words/1"):
        raw = json.dumps({**words, "times": number})
        headers = {**agent, "Content-Type": "application/json"}
        reply = await client.post(path, data=raw, headers=headers)
        assert reply.status in (404, 422)
    assert (await client.get(f"/api/v1/words?limit={number}")).status == 422
    fine = await client.post("/api/v1/words/1", json={**words, "times": 2**63 - 1}, headers=agent)
    assert fine.status == 201


MULTIPART = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("kind", "raw", "status"),
    [
        ("application/x-www-form-urlencoded; charset=no-such", b"text=tea", 303),
        ("application/x-www-form-urlencoded", b"\xff=%ff&text=tea", 303),
        ("application/x-www-form-urlencoded", b"a=1&" * 2_000, 422),
        ("application/x-www-form-urlencoded", b"text=%00", 422),
        ("multipart/form-data", b"--b\r\n", 422),
        (MULTIPART, b"", 422),
        (MULTIPART, b"--b\r\nContent-Disposition: form-data", 422),
        (MULTIPART, b"nothing of the kind", 422),
        (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\ntea', 422),
        (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\ntea\r\n--b--', 303),
        (MULTIPART, b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--", 422),
        ("text/plain", b"text=tea", 303),
    ],
)
async def test_a_bent_form_is_refused_in_words(
    client: Client, kind: str, raw: bytes, status: int
) -> None:
    reply = await client.post(
        "/words", data=raw, headers={"Content-Type": kind}, allow_redirects=False
    )
    assert reply.status == status


def test_a_handler_without_a_need_is_refused_at_import() -> None:
    table: Any = Routes()
    with pytest.raises(TypeError, match="needs"):
        table.get("/x")


async def no_call(number: int) -> None: ...
async def untyped(call: Call, number) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001
async def stranger(call: Call, number: int, extra: int) -> None: ...
async def silent(call: Call, number: int): ...  # type: ignore[no-untyped-def]  # noqa: ANN201
async def loose(call: Call, number: int, body: dict[str, int]) -> None: ...
async def pathless(call: Call) -> None: ...
def blocking(call: Call, number: int) -> None: ...


@pytest.mark.parametrize("handler", [no_call, untyped, stranger, silent, loose, pathless, blocking])
def test_a_handler_that_does_not_fit_its_address_is_refused_at_import(handler: Any) -> None:
    with pytest.raises(TypeError):
        Routes().get("/x/{number}", needs=Need.NOBODY)(handler)


def test_two_rooms_cannot_claim_one_address() -> None:
    one, other = Routes(), Routes()
    one.get("/x", needs=Need.NOBODY)(pathless)
    other.get("/x", needs=Need.AGENT)(pathless)
    with pytest.raises(ValueError, match="twice"):
        mount(web.Application(), [one, other])
