"""The parameters of one call, however they came: query, form, multipart or JSON."""

from typing import Any

import msgspec
from aiohttp import web

from channels.sandbox.telegram.refused import ApiError, bad_request
from channels.sandbox.telegram.world import SandboxFile

Params = dict[str, Any]


async def read(request: web.Request) -> Params:
    """Return the parameters of `request`; uploads are SandboxFiles. Raises ApiError."""
    params: Params = dict(request.query)
    try:
        if request.content_type == "application/json":
            params |= msgspec.json.decode(await request.read() or b"{}", type=dict[str, Any])
        else:
            for name, value in (await request.post()).items():
                params[name] = _upload(value) if isinstance(value, web.FileField) else value
    except web.HTTPRequestEntityTooLarge as large:
        raise ApiError(413, "Request Entity Too Large") from large
    except ValueError as wrong:
        raise bad_request("can't parse request") from wrong
    return params


def _upload(field: web.FileField) -> SandboxFile:
    return SandboxFile(field.filename, field.file.read(), field.content_type)


def whole(params: Params, name: str, default: int | None = None) -> int | None:
    """Return a whole number. Raises ApiError."""
    value = params.get(name)
    if value in (None, ""):
        return default
    try:
        return int(str(value))
    except ValueError as wrong:
        raise bad_request(f"{name} is not a number") from wrong


def flag(params: Params, name: str) -> bool:
    """Return a yes or no."""
    return str(params.get(name, "")).lower() in ("true", "1", "yes")


def structure(params: Params, name: str) -> Any:
    """Return a JSON value that may be written as text. Raises ApiError."""
    value = params.get(name)
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except ValueError as wrong:
        raise bad_request(f"can't parse {name}: object expected") from wrong


def file(params: Params, name: str) -> SandboxFile | str | None:
    """Return an uploaded file, the id or address of one, or None."""
    value = params.get(name)
    if isinstance(value, str) and value.startswith("attach://"):
        value = params.get(value.removeprefix("attach://"))
    return value if isinstance(value, SandboxFile | str) else None
