"""What strangers send to break the desk: bent bytes, bombs, floods, and addresses of others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path

import pytest
import structlog

from bot.files import FolderBlobs
from desk.db.sqlite import SqliteDatabase
from desk.http import Call, Download, Need, Role, Routes
from desk.http.services import BLOBS
from desk.messages import files
from desk.web.app import Shell
from desk.web.live import STREAMS_MOST
from desk.web.settings import WebSettings
from tests.desk.served import Served, served

routes = Routes()


@routes.get("/api/v1/address", needs=Need.NOBODY)
async def address(call: Call) -> str:
    """Say where the caller is."""
    return call.address


@routes.get("/api/v1/odd-file", needs=Need.NOBODY)
async def odd_file(call: Call) -> Download:
    """Send a file whose name and kind a stranger chose."""
    return Download("a\udcff\r\nX-Evil: 1.txt", "text/html\r\nX-Evil: 1", b"<b>")


@pytest.fixture
async def desk(sqlite: SqliteDatabase, tmp_path: Path) -> AsyncIterator[Served]:
    shell = Shell(routes=[routes, files.routes], heartbeat_s=0.05)
    blobs = FolderBlobs(tmp_path / "files")
    async with served(sqlite, shell, prepare=lambda app: app.__setitem__(BLOBS, blobs)) as desk:
        yield desk


async def first_line(desk: Served, *head: bytes, body: bytes = b"") -> str:
    """Return the status line that answers a request written byte by byte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.server.port)
    length = b"Content-Length: %d" % len(body)
    writer.write(b"\r\n".join([*head, b"Host: desk", length, b"", body]))
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line.decode().strip()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ([b"GET /api/v1/me HTTP/1.1", b"Authorization: Bearer \xff\xfe"], "401"),
        ([b"GET /api/v1/me HTTP/1.1", b"Cookie: parley=\xff\xfe"], "401"),
        ([b"GET /sign-in HTTP/1.1", b"Cookie: parley-theme=\xff"], "200"),
        ([b"GET /sign-in HTTP/1.1", b'Cookie: parley-theme="><script>'], "200"),
        ([b"GET /sign-in/link/%FF%FE HTTP/1.1"], "404"),
        ([b"GET /nothing HTTP/1.1", b"Accept: text/html", b"Cookie: parley-theme=\xff"], "404"),
        ([b"POST /theme HTTP/1.1", b"Origin: http://["], "403"),
        ([b"POST /theme HTTP/1.1", b"Origin: \xff://x"], "403"),
        ([b"POST /theme HTTP/1.1", b"Origin: null"], "403"),
    ],
)
async def test_bytes_that_are_no_text_are_answered_in_words(
    desk: Served, head: list[bytes], status: str
) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await first_line(desk, *head)
    assert answer.split()[1] == status
    assert lines == []


@pytest.mark.parametrize("opened", ['{"x":' + "[" * 100_000, "[" * 100_000, '{"email":' * 50_000])
async def test_a_body_nested_without_end_is_refused(desk: Served, opened: str) -> None:
    client = await desk.nobody()
    headers = {"Content-Type": "application/json"}
    async with client.post("/api/v1/session", data=opened[:60_000], headers=headers) as reply:
        assert reply.status == 422


async def test_a_stranger_may_send_little_and_an_agent_much(desk: Served) -> None:
    much = b"x" * 100_000
    form = {"email": "a@b.example", "password": "p", "more": much.decode()}
    stranger = await desk.nobody()
    async with stranger.post("/api/v1/session", json=form) as reply:
        assert reply.status == 413
    async with stranger.post("/sign-in", data=form) as reply:
        assert reply.status == 413
    agent = await desk.client(Role.AGENT)
    async with agent.post("/api/v1/files", data={"file": BytesIO(much)}) as reply:
        assert reply.status == 201


def part(disposition: bytes, kind: bytes = b"text/plain") -> bytes:
    head = b"--B\r\nContent-Disposition: " + disposition + b"\r\nContent-Type: " + kind
    return head + b"\r\n\r\nhi\r\n--B--\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (part(b'form-data; name="f"; filename="\xff\xfe.txt"'), 201),
        (part(b'form-data; name="f"; filename="a.txt"', b"text/\xff\xfe"), 201),
        (part(b'form-data; name="\xff"'), 422),
        (part(b'form-data; name="f"; filename="a\x01.txt"'), 422),
        (b"--B\r\nno header at all\r\n\r\nhi\r\n--B--\r\n", 422),
    ],
)
async def test_a_bent_upload_is_taken_or_refused_in_words(
    desk: Served, sent: bytes, status: int
) -> None:
    agent = await desk.client(Role.AGENT)
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    async with agent.post("/api/v1/files", data=sent, headers=headers) as reply:
        assert reply.status == status, await reply.text()
        if status == 201:
            stored = (await reply.json())[0]
            assert "\udcff" not in stored["name"]


async def test_nothing_a_stranger_chose_becomes_a_header(desk: Served) -> None:
    async with (await desk.nobody()).get("/api/v1/odd-file") as reply:
        assert reply.status == 200
        assert "X-Evil" not in reply.headers
        assert reply.content_type == "application/octet-stream"
        assert reply.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''a")


async def test_a_proxy_that_writes_a_line_of_its_own_is_believed_and_the_line_before_is_not(
    sqlite: SqliteDatabase,
) -> None:
    two = [b"X-Forwarded-For: 198.51.100.1", b"X-Forwarded-For: 203.0.113.9"]
    async with served(sqlite, Shell(routes=[routes]), WebSettings(trusted_proxies=1)) as desk:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.server.port)
        head = [b"GET /api/v1/address HTTP/1.1", b"Host: desk", *two, b"Connection: close"]
        writer.write(b"\r\n".join([*head, b"", b""]))
        answer = await reader.read()
        writer.close()
    assert answer.endswith(b'"203.0.113.9"')


async def test_a_desk_without_its_database_tells_strangers_no_more_than_that(
    sqlite: SqliteDatabase,
) -> None:
    async with served(sqlite) as desk:
        client = await desk.nobody()
        await sqlite.close()
        async with client.get("/readyz") as reply:
            assert await reply.text() == "the database does not answer\n"


async def test_the_desk_does_not_say_what_it_is_built_with(desk: Served) -> None:
    client = await desk.nobody()
    for path in ("/sign-in", "/nothing", "/static/x/tokens.css"):
        async with client.get(path) as reply:
            assert reply.headers["Server"] == "Parley"


async def test_one_agent_cannot_hold_every_line(desk: Served) -> None:
    agent, other = await desk.client(Role.AGENT), await desk.client(Role.SUPERVISOR)
    async with AsyncExitStack() as stack:
        for _ in range(STREAMS_MOST):
            reply = await stack.enter_async_context(agent.get("/api/v1/live"))
            assert reply.status == 200
        async with agent.get("/api/v1/live") as refused:
            assert refused.status == 429
            assert int(refused.headers["Retry-After"]) >= 1
        async with other.get("/api/v1/live") as reply:
            assert reply.status == 200
