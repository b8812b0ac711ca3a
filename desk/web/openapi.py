"""The API described by its own types: OpenAPI 3.1, made from the declared routes."""

import functools
import inspect
import operator
import types
import typing
from collections.abc import Iterable
from typing import Any

import msgspec
from aiohttp import web

from desk.http import problems
from desk.http.permissions import Need
from desk.http.problems import Problem
from desk.http.replies import Download, Html, Redirect, Upload
from desk.http.routes import Kind, Route

_REF = "#/components/schemas/{name}"
_PROBLEM = {"$ref": _REF.format(name="Problem")}
_SAID = {
    "401": "Not signed in, or the token is gone.",
    "403": "The caller may not do this.",
    "404": "There is no such thing.",
    "422": "The input is not of the right shape; `pointer` names the field.",
    "default": "Anything else that went wrong.",
}

Json = dict[str, Any]


def describe(tables: Iterable[Iterable[Route]], *, title: str, version: str) -> Json:
    """Return the OpenAPI document of every API route below /api/."""
    routes = [
        route
        for table in tables
        for route in table
        if route.kind is Kind.API and route.path.startswith("/api/")
    ]
    schemas = _Schemas(routes)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "parley"},
            },
        },
    }


class _Schemas:
    """The JSON schemas of every type the routes speak, made in one go so that names are unique."""

    def __init__(self, routes: list[Route]) -> None:
        queries = [route.query for route in routes if route.query]
        kinds: list[Any] = [Problem]
        for route in routes:
            kinds += [*route.path_types.values(), *_spoken(route)]
        made, self.components = msgspec.json.schema_components(
            [*kinds, *queries], ref_template=_REF
        )
        self._made = list(zip([*kinds, *queries], made, strict=True))
        self._queries = {query: self._fields(query) for query in queries}
        for query in queries:
            self.components.pop(self.of(query)["$ref"].rpartition("/")[2], None)

    def of(self, kind: Any) -> Json:
        """Return the schema of a type that was given at the start."""
        return next(schema for known, schema in self._made if known == kind)

    def query(self, kind: Any) -> list[Json]:
        """Return the parameters that a query struct stands for."""
        return self._queries[kind]

    def _fields(self, kind: Any) -> list[Json]:
        schema = self.components[self.of(kind)["$ref"].rpartition("/")[2]]
        required = schema.get("required", [])
        return [
            {"name": name, "in": "query", "required": name in required, "schema": shape}
            for name, shape in schema["properties"].items()
        ]


def _operation(route: Route, schemas: _Schemas) -> Json:
    room = route.handler.__module__.rsplit(".", 2)[-2]
    summary, _, rest = (inspect.getdoc(route.handler) or "").partition("\n")
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(schemas.of(kind))}
        for name, kind in route.path_types.items()
    ]
    operation: Json = {
        "operationId": f"{room}_{getattr(route.handler, '__name__', 'handler')}",
        "tags": [room],
        "summary": summary.rstrip("."),
        "parameters": parameters + (schemas.query(route.query) if route.query else []),
        "responses": _responses(route, schemas),
        "security": _security(route.needs),
        "x-needs": route.needs.value,
    }
    if rest.strip():
        operation["description"] = rest.strip()
    if route.body or route.takes_files:
        operation["requestBody"] = {"required": True, "content": _request(route, schemas)}
    return operation


def _path_schema(schema: Json) -> Json:
    """Return a path part's schema with the bounds that the door holds it to."""
    if schema.get("type") == "integer":
        return {"minimum": 0, "maximum": 2**63 - 1, **schema}
    return schema


def _request(route: Route, schemas: _Schemas) -> Json:
    if not route.takes_files:
        return {"application/json": {"schema": schemas.of(route.body)}}
    files = {
        "type": "object",
        "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    }
    parts = [files, schemas.of(route.body)] if route.body else [files]
    return {"multipart/form-data": {"schema": {"allOf": parts}}}


def _responses(route: Route, schemas: _Schemas) -> Json:
    said = {"422", "default"}
    if route.needs is not Need.NOBODY:
        said |= {"401", "403"}
    if route.path_types:
        said.add("404")
    found: Json = {
        code: {"description": _SAID[code], "content": {problems.MIME: {"schema": _PROBLEM}}}
        for code in sorted(said)
    }
    content = {mime: {"schema": schema} for mime, schema in _answers(route, schemas)}
    done: Json = {"description": "Done."}
    if content:
        done["content"] = content
    return {str(route.status): done, **found}


def _answers(route: Route, schemas: _Schemas) -> list[tuple[str, Json]]:
    answers: list[tuple[str, Json]] = []
    for kind in _options(route.returns):
        if kind is Html:
            answers.append(("text/html", {"type": "string"}))
        elif kind is Download:
            answers.append(("application/octet-stream", {"type": "string", "format": "binary"}))
        elif _is_stream(kind):
            answers.append(("text/event-stream", {}))  # its events have no one shape
    if spoken := _returned(route):
        answers.append(("application/json", schemas.of(spoken[0])))
    return answers


def _security(needs: Need) -> list[Json]:
    return [] if needs is Need.NOBODY else [{"token": []}, {"session": []}]


def _spoken(route: Route) -> list[Any]:
    """Return the types of JSON that go in and out of a handler."""
    return ([route.body] if route.body else []) + _returned(route)


def _returned(route: Route) -> list[Any]:
    """Return the JSON type of the answer as a list of one, empty when there is none."""
    special = (Html, Redirect, Download, Upload, type(None))
    options = _options(route.returns)
    plain = [kind for kind in options if kind not in special and not _is_stream(kind)]
    if not plain:
        return []
    return [route.returns] if len(plain) == len(options) else [_either(plain)]


def _either(kinds: list[Any]) -> Any:
    return functools.reduce(operator.or_, kinds)


def _options(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return typing.get_args(kind)
    return (kind,)


def _is_stream(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, web.StreamResponse)
