"""Errors as their readers get them: RFC 9457 problems, with nothing internal inside."""

import re
from http import HTTPStatus

import msgspec
from aiohttp import web

from desk.kit.errors import DeskError, Invalid

MIME = "application/problem+json"

_PATH = re.compile(r"^(?P<words>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"(?:required|unknown) field `([^`]+)`")
_STEP = re.compile(r"\.([^.\[]+)|\[([^\]]*)\]")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong, for a program to read: RFC 9457."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    pointer: str | None = None  # JSON pointer to the field at fault
    request_id: str | None = None
    retry_after_s: float | None = None


def problem_of(error: DeskError, request_id: str | None = None) -> Problem:
    """Return what a caller is told of `error`."""
    pointer = error.pointer if isinstance(error, Invalid) else None
    return Problem(
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=error.reason,
        pointer=pointer,
        request_id=request_id,
        retry_after_s=error.retry_after_s,
    )


def respond(problem: Problem) -> web.Response:
    """Return `problem` as a response, with Retry-After where trying again makes sense."""
    response = web.Response(
        status=problem.status, body=msgspec.json.encode(problem), content_type=MIME
    )
    set_retry_after(response, problem)
    return response


def set_retry_after(response: web.StreamResponse, problem: Problem) -> None:
    """Say in the header when to come back: whole seconds, rounded up."""
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, -int(-problem.retry_after_s // 1)))


def invalid_from(error: msgspec.MsgspecError, root: str = "") -> Invalid:
    """Return msgspec's complaint as ours, its path `$.a.b` as the JSON pointer `/a/b`."""
    found = _PATH.match(str(error))
    words, path = (found["words"], found["path"] or "$") if found else (str(error), "$")
    steps = [name or index for name, index in _STEP.findall(path)]
    if "..." in steps:  # some item of a list: msgspec does not say which
        steps, words = steps[: steps.index("...")], f"{words} in one of the items"
    elif missing := _FIELD.search(words):
        steps.append(missing[1])
    escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps)
    return Invalid(f"{words}.", root + "".join(f"/{step}" for step in escaped))
