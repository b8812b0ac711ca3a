"""The shell over real sockets: headers, other sites' pages, problems, assets, probes."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
import structlog
from aiohttp import web
from msgspec import Struct

from desk.db.sqlite import SqliteDatabase
from desk.http import Call, Html, Need, Role, Routes
from desk.kit.errors import ChannelBusy, Conflict
from desk.web import probes
from desk.web.app import Shell
from desk.web.settings import WebSettings
from desk.web.templates import as_json, wait_words
from tests.desk.served import Served, served

routes = Routes()
EVIL = "https://evil.example"


class Body(Struct):
    text: str


@routes.post("/api/v1/echo", needs=Need.NOBODY)
async def echo(call: Call, body: Body) -> str:
    """Repeat it."""
    return f"{body.text} from {call.address}"


@routes.get("/api/v1/busy", needs=Need.NOBODY)
async def busy(call: Call) -> str:
    """Be busy."""
    raise ChannelBusy("The channel is busy.", retry_after_s=2.2)


@routes.get("/api/v1/broken", needs=Need.NOBODY)
async def broken(call: Call) -> str:
    """Break."""
    raise KeyError("the secret inside")


@routes.page("/broken", needs=Need.NOBODY)
async def broken_page(call: Call) -> Html:
    """Break as a page."""
    raise Conflict("<b>Somebody was faster.</b>")


@routes.page("/private", needs=Need.AGENT)
async def private(call: Call) -> Html:
    """Show it to agents."""
    return Html("sign_out.html", headers={"Content-Security-Policy": "default-src 'self'"})


async def hook(request: web.Request) -> web.Response:
    return web.Response(text="taken")


@pytest.fixture
async def desk(sqlite: SqliteDatabase) -> AsyncIterator[Served]:
    shell = Shell(routes=[routes], doors=[web.post("/inbound/hook", hook)])
    settings = WebSettings(trusted_origins=("https://demo.example",), body_most_bytes=5_000)
    async with served(sqlite, shell, settings) as desk:
        yield desk


async def test_a_page_allows_nothing_inline_and_no_frame_around_it(desk: Served) -> None:
    headers = (await (await desk.nobody()).get("/sign-in")).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/nowhere"])
async def test_our_pages_hold_to_their_own_policy(desk: Served, path: str) -> None:
    reply = await (await desk.nobody()).get(path, headers={"Accept": "text/html"})
    text = await reply.text()
    assert "<style" not in text
    assert " style=" not in text
    assert "<script" not in text


async def test_a_handler_may_choose_its_own_policy(desk: Served) -> None:
    reply = await (await desk.client(Role.AGENT)).get("/private")
    assert reply.headers["Content-Security-Policy"] == "default-src 'self'"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a program: browsers always say where they come from
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": EVIL}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://demo.example"}, 200),
        ({"Origin": EVIL}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:8080"}, 200),  # the public address
        ({"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer x"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Authorization": "Basic x"}, 403),
    ],
)
async def test_another_sites_page_changes_nothing(
    desk: Served, headers: dict[str, str], status: int
) -> None:
    client = await desk.nobody()
    reply = await client.post("/api/v1/echo", json={"text": "hi"}, headers=headers)
    assert reply.status == status


async def test_the_desks_own_address_is_its_origin_whatever_it_is_called(desk: Served) -> None:
    client = await desk.nobody()
    own = str(desk.server.make_url("")).rstrip("/")
    reply = await client.post("/api/v1/echo", json={"text": "hi"}, headers={"Origin": own})
    assert reply.status == 200


async def test_a_door_is_open_to_the_world_and_framed_as_it_likes(desk: Served) -> None:
    reply = await (await desk.nobody()).post("/inbound/hook", headers={"Origin": EVIL})
    assert await reply.text() == "taken"
    assert "Content-Security-Policy" not in reply.headers
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_problem_says_what_where_and_when_again(desk: Served) -> None:
    client = await desk.nobody()
    busy = await client.get("/api/v1/busy")
    assert busy.content_type == "application/problem+json"
    assert busy.headers["Retry-After"] == "3"
    assert (await busy.json())["detail"] == "The channel is busy."
    wrong = await client.post("/api/v1/echo", json={"text": 1})
    assert (wrong.status, (await wrong.json())["pointer"]) == (422, "/text")
    missing = await client.post("/api/v1/echo", json={})
    assert (missing.status, (await missing.json())["pointer"]) == (422, "/text")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b'"\xff"', "application/json", 422),
        (b'{"text": "\\u0000"}', "application/json", 422),
        (b'{"text": "\\\\u0000"}', "application/json", 200),
        (b"text=hi", "application/x-www-form-urlencoded", 415),
        (b'{"text": "' + b"x" * 5_000 + b'"}', "application/json", 413),
    ],
)
async def test_whatever_is_sent_is_answered_in_words(
    desk: Served, body: bytes, kind: str, status: int
) -> None:
    client = await desk.nobody()
    reply = await client.post("/api/v1/echo", data=body, headers={"Content-Type": kind})
    assert reply.status == status
    if status != 200:
        assert (await reply.json())["status"] == status


async def test_a_defect_is_logged_once_and_not_shown(desk: Served) -> None:
    client = await desk.nobody()
    with structlog.testing.capture_logs() as lines:
        reply = await client.get("/api/v1/broken")
    problem = await reply.json()
    assert reply.status == 500
    assert "secret" not in await reply.text()
    assert problem["request_id"] == reply.headers["X-Request-Id"]
    assert [line["event"] for line in lines] == ["http.failed"]


async def test_people_get_problems_as_pages(desk: Served) -> None:
    client = await desk.nobody()
    reply = await client.get("/broken")
    assert (reply.status, reply.content_type) == (409, "text/html")
    assert "&lt;b&gt;Somebody was faster" in await reply.text()
    nowhere = await client.get("/nowhere", headers={"Accept": "text/html"})
    assert (nowhere.status, nowhere.content_type) == (404, "text/html")
    program = await client.get("/api/v1/nowhere", headers={"Accept": "text/html"})
    assert program.content_type == "application/problem+json"


async def test_a_page_for_agents_leads_to_the_door_and_back(desk: Served) -> None:
    client = await desk.nobody()
    reply = await client.get("/private?a=1", allow_redirects=False)
    assert reply.status == 303
    assert reply.headers["Location"] == "/sign-in?next=/private%3Fa%3D1"


async def test_a_wrong_method_names_the_right_ones(desk: Served) -> None:
    reply = await (await desk.nobody()).get("/api/v1/echo")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


async def test_the_front_door_leads_to_work_or_to_sign_in(desk: Served) -> None:
    stranger, agent = await desk.nobody(), await desk.client(Role.AGENT)
    assert (await stranger.get("/", allow_redirects=False)).headers["Location"] == "/sign-in"
    assert (await agent.get("/", allow_redirects=False)).headers["Location"] == "/workspace"


async def test_assets_are_kept_for_ever_under_their_own_address(desk: Served) -> None:
    client = await desk.nobody()
    text = await (await client.get("/sign-in")).text()
    url = text.partition('stylesheet" href="')[2].partition('"')[0]
    reply = await client.get(url, headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
    assert "immutable" in reply.headers["Cache-Control"]
    assert reply.content_type == "text/css"
    assert b"--accent" in gzip.decompress(await reply.read())
    old = await client.get("/static/old/tokens.css")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")
    for path in ("nothing.css", "../app.py", "%2e%2e/app.py"):
        assert (await client.get(f"/static/old/{path}")).status == 404


async def test_light_and_dark_are_a_choice(desk: Served) -> None:
    client = await desk.nobody()
    assert 'data-theme="auto"' in await (await client.get("/sign-in")).text()
    reply = await client.post("/theme", data={"theme": "dark", "next": "/sign-in"})
    assert 'data-theme="dark"' in await reply.text()


async def test_the_probes_tell_life_from_readiness(desk: Served) -> None:
    client = await desk.nobody()
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/readyz")).status == 200
    desk.app[probes.DRAINING].set()
    assert (await client.get("/readyz")).status == 503
    assert (await client.get("/healthz")).status == 200


async def test_a_desk_without_its_database_is_alive_but_not_ready(sqlite: SqliteDatabase) -> None:
    async with served(sqlite) as desk:
        client = await desk.nobody()
        await sqlite.close()
        assert (await client.get("/healthz")).status == 200
        assert (await client.get("/readyz")).status == 503


async def test_meters_are_for_this_machine_and_for_admins(desk: Served) -> None:
    far = {"X-Forwarded-For": "203.0.113.9"}
    client = await desk.nobody()
    near = await client.get("/metrics")
    assert near.status == 200
    far_one = await client.get("/metrics", headers=far)
    assert far_one.status == 403
    shown = await (await client.get("/metrics")).text()
    assert 'route="/metrics",status="403"' in shown
    assert (await (await desk.client(Role.AGENT)).get("/metrics", headers=far)).status == 403
    assert (await (await desk.client(Role.ADMIN)).get("/metrics", headers=far)).status == 200


async def test_a_proxy_of_ours_is_believed_and_a_strangers_header_is_not(
    sqlite: SqliteDatabase,
) -> None:
    claimed = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    shell, ids = Shell(routes=[routes]), None
    answers = []
    for hops in (0, 1, 2, 3):
        async with served(sqlite, shell, WebSettings(trusted_proxies=hops), ids=ids) as desk:
            ids = desk.ids
            client = await desk.nobody()
            reply = await client.post("/api/v1/echo", json={"text": "hi"}, headers=claimed)
            answers.append((await reply.json()).removeprefix("hi from "))
    assert answers == ["127.0.0.1", "203.0.113.9", "198.51.100.1", "127.0.0.1"]


async def test_everything_is_over_within_moments_of_a_stop(sqlite: SqliteDatabase) -> None:
    async with served(sqlite) as desk:
        client = await desk.client(Role.AGENT)
        stream = await client.get("/api/v1/live")
        async with asyncio.timeout(5):
            await desk.server.close()
        stream.close()


def test_data_in_a_page_cannot_end_its_script() -> None:
    shown = as_json({"text": "</script><!-- &"})
    assert "<" not in shown
    assert "&" not in shown


def test_waiting_is_said_in_seconds_then_in_minutes() -> None:
    assert [wait_words(s) for s in (0.2, 59.5, 119, 120, 3600)] == [
        "1 s",
        "60 s",
        "119 s",
        "2 min",
        "60 min",
    ]
