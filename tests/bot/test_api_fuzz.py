"""The whole API under values nobody means well by: every answer is a sentence, none a fault."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.app import Parley, running
from bot.config import Config, Http, Queue, Storage
from channels.sandbox.paper import said
from desk.agents.actions import AgentDraft, create_agent
from desk.agents.rules import Scope
from desk.agents.tokens import create_token
from desk.cases.actions import NewCase, open_case
from desk.cases.talk import take_in
from desk.customers.actions import identify
from desk.events.actors import SYSTEM
from desk.http.permissions import Role
from desk.messages.actions import Place
from tests.postgres import PostgresServer
from tests.world import free_port

ROUNDS = 5  # of requests to each operation
LEFT_OUT = ("/session", "/sessions/{session_id}", "/tokens/{token_id}", "/live")
NUMBERS = [0, 1, 1, 2, 1001, 1001, -1, 2**31, 2**53, 2**63 - 1, 2**63, 10**30]
WORDS = ["", "1", "me", "none", "²", "\u202egpj", "\0", "a" * 3000, "0.0", "%00", "'\"--;", "null"]
WORDS += [
    "²,1",
    "customer:²",
    "WzEsMV0",
    "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwxXQ",
    "2026-02-30",
    "0001-01-01",
]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, on both engines."""
    if request.param == "sqlite":
        yield str(tmp_path / "parley.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.empty() as url:
        yield url


@pytest.fixture
async def http(empty_url: str, tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """An admin's line to a whole desk with one case, #1001."""
    config = Config(
        http=Http(port=free_port()),
        storage=Storage(url=empty_url, files=str(tmp_path / "files")),
        queues={"support": Queue(name="Support")},
        inboxes={},
    )
    async with running(config) as desk:
        headers = {"Authorization": f"Bearer {await _furnish(desk)}"}
        base = f"http://127.0.0.1:{config.http.port}"
        async with aiohttp.ClientSession(base, headers=headers) as session:
            yield session


async def test_no_request_is_a_fault_of_ours(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/v1/openapi.json") as answer:
        document = json.loads(await answer.text())
    rng, tried = Random(7), 0
    for path, operations in document["paths"].items():
        if path.endswith(LEFT_OUT):
            continue
        for method, operation in operations.items():
            for _ in range(ROUNDS):
                url, body = _request(rng, document, path, operation)
                async with http.request(method, url, json=body) as answer:
                    words = await answer.text(errors="replace")  # an archive is no text
                where = f"{method} {url} {str(body)[:300]}: {answer.status} {words[:300]}"
                assert answer.status < 500, where
                if answer.status >= 400:
                    assert answer.content_type == "application/problem+json", where
                    assert json.loads(words)["detail"], where
                tried += 1
    assert tried > 100


def _request(rng: Random, document: Any, path: str, operation: dict[str, Any]) -> tuple[URL, Any]:
    query = {}
    for one in operation.get("parameters", ()):
        value = _value(rng, document, one["schema"])
        if one["in"] == "path":
            word = str(value) if value not in ("", None) else "1"
            path = path.replace(f"{{{one['name']}}}", word.replace("/", "_"))
        elif value is not None and rng.random() < 0.7:
            query[one["name"]] = str(value)[:2000]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = _value(rng, document, content["schema"]) if content else None
    return URL.build(path=path, query=query), body


def _value(rng: Random, document: Any, schema: dict[str, Any]) -> Any:
    """Return something like what `schema` wants, often at its edge or beyond."""
    if "$ref" in schema:
        return _value(rng, document, document["components"]["schemas"][schema["$ref"][21:]])
    if "anyOf" in schema:
        return _value(rng, document, rng.choice(schema["anyOf"]))
    if "enum" in schema and rng.random() < 0.9:
        return rng.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {}).items()
            needed = schema.get("required", ())
            return {
                name: _value(rng, document, kind)
                for name, kind in fields
                if name in needed or rng.random() < 0.6
            }
        case "array":
            return [_value(rng, document, schema["items"]) for _ in range(rng.randint(0, 3))]
        case "integer" | "number":
            return rng.choice(NUMBERS)
        case "boolean":
            return rng.random() < 0.5
        case "null":
            return None
    return rng.choice(WORDS)


async def _furnish(desk: Parley) -> str:
    now = desk.clock.now()

    def unit(c: Any) -> str:
        draft = AgentDraft(email="olga@desk.example", name="Olga", role=Role.ADMIN)
        olga = create_agent(c, draft, actor=SYSTEM, now=now)
        message = said("m1", "Where is my lamp?")
        who = identify(c, "paper", message.sender, actor=SYSTEM, now=now)
        new = NewCase(
            subject="Lamp", customer_id=who.customer_id, queue_id=1, inbox="x", channel="paper"
        )
        case_id = open_case(c, new, actor=SYSTEM, now=now)
        place = Place(case_id=case_id, identity_id=who.identity_id, inbox="x", channel="paper")
        take_in(c, message, place, (), actor=SYSTEM, arrival_id=None, now=now)
        return create_token(c, olga, "fuzz", set(Scope), actor=SYSTEM, now=now)[1]

    return await desk.db.write(unit)
