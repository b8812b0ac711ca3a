"""Declarations: which function answers which address, with which types, and what it needs.

A table of declarations has no effects; `desk.http.serve.mount` puts it into an application.
"""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.replies import Upload

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])

_PART = re.compile(r"\{(\w+)(?::[^}]+)?\}")
_INPUTS = {"query", "body", "files"}


class Kind(StrEnum):
    """How a handler is spoken to: by programs, or by a browser."""

    API = "api"
    PAGE = "page"
    FORM = "form"


@dataclass(frozen=True)
class Route:
    """One declared handler and everything known of it."""

    method: str
    path: str
    kind: Kind
    needs: Need
    status: int
    handler: Callable[..., Awaitable[Any]]
    path_types: dict[str, Any]
    query: type[msgspec.Struct] | None
    body: type[msgspec.Struct] | None
    takes_files: bool
    returns: Any


class Routes:
    """A room's table of handlers."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(self, path: str, *, needs: Need, status: int = 200) -> Callable[[F], F]:
        """Declare a read of the API."""
        return self._declare("GET", path, Kind.API, needs, status)

    def post(self, path: str, *, needs: Need, status: int = 200) -> Callable[[F], F]:
        """Declare a write of the API; `status` 201 where something is created."""
        return self._declare("POST", path, Kind.API, needs, status)

    def put(self, path: str, *, needs: Need, status: int = 200) -> Callable[[F], F]:
        """Declare a replacement through the API."""
        return self._declare("PUT", path, Kind.API, needs, status)

    def patch(self, path: str, *, needs: Need, status: int = 200) -> Callable[[F], F]:
        """Declare a partial change through the API."""
        return self._declare("PATCH", path, Kind.API, needs, status)

    def delete(self, path: str, *, needs: Need, status: int = 204) -> Callable[[F], F]:
        """Declare a removal through the API."""
        return self._declare("DELETE", path, Kind.API, needs, status)

    def page(self, path: str, *, needs: Need) -> Callable[[F], F]:
        """Declare a page: a GET answered with Html, Redirect or Download."""
        return self._declare("GET", path, Kind.PAGE, needs, 200)

    def form(self, path: str, *, needs: Need) -> Callable[[F], F]:
        """Declare what takes a page's form: a POST whose fields make `body`."""
        return self._declare("POST", path, Kind.FORM, needs, 200)

    def _declare(
        self, method: str, path: str, kind: Kind, needs: Need, status: int
    ) -> Callable[[F], F]:
        if not isinstance(needs, Need):
            raise TypeError(f"{method} {path}: `needs` must be a Need, not {needs!r}")

        def keep(handler: F) -> F:
            self._routes.append(_route(method, path, kind, needs, status, handler))
            return handler

        return keep


def _route(
    method: str,
    path: str,
    kind: Kind,
    needs: Need,
    status: int,
    handler: Callable[..., Awaitable[Any]],
) -> Route:
    where = f"{method} {path} ({handler.__module__}.{getattr(handler, '__qualname__', handler)})"
    hints = typing.get_type_hints(handler, include_extras=True)
    names = list(inspect.signature(handler).parameters)
    parts = set(_PART.findall(path))
    _check(where, handler, hints, names, parts)
    return Route(
        method=method,
        path=path,
        kind=kind,
        needs=needs,
        status=204 if hints["return"] is type(None) else status,
        handler=handler,
        path_types={name: hints[name] for name in names if name in parts},
        query=_struct(where, hints.get("query")),
        body=_struct(where, hints.get("body")),
        takes_files="files" in names,
        returns=hints["return"],
    )


def _check(
    where: str, handler: Any, hints: dict[str, Any], names: list[str], parts: set[str]
) -> None:
    """Refuse a declaration whose function and address do not fit, at import."""
    if not inspect.iscoroutinefunction(handler):
        raise TypeError(f"{where}: a handler is an async function")
    if names[:1] != ["call"] or hints.get("call") is not Call:
        raise TypeError(f"{where}: the first parameter is `call: Call`")
    if unknown := set(names[1:]) - parts - _INPUTS:
        raise TypeError(f"{where}: {sorted(unknown)} are neither in the path nor {sorted(_INPUTS)}")
    if missing := parts - set(names):
        raise TypeError(f"{where}: the path's {sorted(missing)} are not parameters")
    if bare := set(names) - set(hints):
        raise TypeError(f"{where}: {sorted(bare)} have no type")
    if "return" not in hints:
        raise TypeError(f"{where}: the return type is missing")
    if "files" in names and hints["files"] != list[Upload]:
        raise TypeError(f"{where}: `files` is list[Upload]")


def _struct(where: str, kind: Any) -> type[msgspec.Struct] | None:
    if kind is None:
        return None
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        raise TypeError(f"{where}: `query` and `body` are msgspec Structs, not {kind!r}")
    return kind
