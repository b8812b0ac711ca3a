"""The API's description: valid OpenAPI 3.1, complete, and what the doors really do."""

import json
from datetime import datetime
from typing import Annotated, Any

import jsonschema_rs
import pytest
from aiohttp import web
from msgspec import Meta, Struct

from desk.db.sqlite import SqliteDatabase
from desk.http import Call, Download, Need, Page, Routes, Upload
from desk.web.openapi import describe
from tests.desk.served import served
from tests.desk.test_http_permissions import declared

routes = Routes()


class Row(Struct):
    """A row."""

    number: int
    at: datetime


class Asked(Struct):
    q: str
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


@routes.get("/api/v1/rows/{number}", needs=Need.AGENT)
async def show_row(call: Call, number: int, query: Asked) -> Page[Row] | None:
    """Return a row.

    Longer words about it.
    """
    return None


@routes.post("/api/v1/rows", needs=Need.NOBODY, status=201)
async def make_row(call: Call, body: Row) -> Row:
    """Make a row."""
    return body


@routes.post("/api/v1/rows/files", needs=Need.ADMIN)
async def take_files(call: Call, files: list[Upload]) -> Download | web.StreamResponse:
    """Take files."""
    return Download("a", "text/plain", b"")


def operation(path: str, method: str) -> Any:
    return describe([routes], title="T", version="1")["paths"][path][method]


def test_words_come_from_the_docstring() -> None:
    shown = operation("/api/v1/rows/{number}", "get")
    assert shown["summary"] == "Return a row"
    assert shown["description"] == "Longer words about it."


def test_parameters_come_from_path_and_query_struct() -> None:
    parameters = operation("/api/v1/rows/{number}", "get")["parameters"]
    assert [(p["name"], p["in"], p["required"]) for p in parameters] == [
        ("number", "path", True),
        ("q", "query", True),
        ("limit", "query", False),
    ]
    assert parameters[2]["schema"]["maximum"] == 100


def test_who_may_is_said() -> None:
    assert operation("/api/v1/rows", "post")["security"] == []
    closed = operation("/api/v1/rows/{number}", "get")
    assert closed["security"] == [{"token": []}, {"session": []}]
    assert {"401", "403", "404", "422", "default"} <= closed["responses"].keys()


def test_every_kind_of_answer_is_described() -> None:
    answer = operation("/api/v1/rows/files", "post")["responses"]["200"]["content"]
    assert answer.keys() == {"application/octet-stream", "text/event-stream"}
    made = operation("/api/v1/rows", "post")["responses"]
    assert "201" in made


def test_the_whole_desk_is_described_validly() -> None:
    document = describe([declared()], title="Parley", version="1")
    paths = {(path, method) for path, found in document["paths"].items() for method in found}
    expected = {
        (route.path, route.method.lower())
        for route in declared()
        if route.path.startswith("/api/") and route.kind == "api"
    }
    assert paths == expected
    names = [found["operationId"] for path in document["paths"].values() for found in path.values()]
    assert len(names) == len(set(names))
    for name, schema in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid({**schema, "$schema": DIALECT}), name
    text = json.dumps(document)
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]
    assert "Asked" not in text


DIALECT = "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", ["/api/v1/openapi.json"])
async def test_the_description_is_served_to_everyone(sqlite: SqliteDatabase, path: str) -> None:
    async with served(sqlite) as desk:
        document = await (await (await desk.nobody()).get(path)).json()
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/live" in document["paths"]
    assert path in document["paths"]


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []
