"""What comes in, checked against the handler's types: path, query, JSON, forms, files."""

import re
import types
import typing
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from desk.http.problems import invalid_from
from desk.http.replies import Upload
from desk.kit.errors import Invalid, NotFound

_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_LONG_NUMBER = re.compile(rb"\d{19}")
_LARGEST = 2**63 - 1  # what both databases can hold in an integer column
_CHUNK_BYTES = 64 * 1024
_FIELDS_MOST = 1_000
_PART_COSTS_BYTES = 1_000  # even an empty part costs, so that a body is not a million of them


def path_value(text: str, kind: Any) -> Any:
    """Return one path part as `kind`.

    Raises:
        NotFound: there can be no such thing.
    """
    try:
        value = msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as wrong:
        raise NotFound("There is nothing at this address.") from wrong
    if "\0" in text or (isinstance(value, int) and not 0 <= value <= _LARGEST):
        raise NotFound("There is nothing at this address.")
    return value


async def json_body(request: web.Request, kind: Any) -> Any:
    """Return the request's JSON as `kind`.

    Raises:
        Invalid: not JSON, or not of that shape; the pointer says where.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send JSON, as application/json.")
    raw = await request.read()
    if _NUL_ESCAPE.search(raw):
        raise Invalid("Text may not contain NUL characters.", "")
    try:
        body = msgspec.json.decode(raw, type=kind)
        if _LONG_NUMBER.search(raw):
            _refuse_large(msgspec.json.decode(raw), "")
        return body
    except msgspec.MsgspecError as wrong:
        raise invalid_from(wrong) from wrong
    except UnicodeDecodeError as wrong:
        raise Invalid("The body is not UTF-8.", "") from wrong
    except RecursionError as wrong:
        raise Invalid("The body is nested too deeply.", "") from wrong


def fields_as(fields: Iterable[tuple[str, str]], kind: type[Any]) -> Any:
    """Return named texts (a query string, a form) as the struct `kind`.

    A repeated name makes a list where `kind` wants one; else the last wins. An empty text
    stands for "not given" where the field is not a plain string. Unknown names are ignored.

    Raises:
        Invalid: a value does not fit; the pointer names the field.
    """
    wanted = {f.encode_name: f for f in msgspec.structs.fields(kind)}
    found: dict[str, Any] = {}
    for name, value in fields:
        if name not in wanted:
            continue
        if "\0" in value:
            raise Invalid("Text may not contain NUL characters.", f"/{name}")
        if _is_list(wanted[name].type):
            found.setdefault(name, []).append(value)
        elif value or wanted[name].type is str:
            found[name] = value
    try:
        taken = msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as wrong:
        raise invalid_from(wrong) from wrong
    _refuse_large(msgspec.structs.asdict(taken), "")
    return taken


async def form_fields(request: web.Request) -> tuple[list[tuple[str, str]], list[Upload]]:
    """Return the texts and the files of a posted form, whichever way it is encoded."""
    if request.content_type != "multipart/form-data":
        return _pairs(await request.read()), []
    try:
        return await _parts(request)
    # What aiohttp says of one that is cut or bent, and of a bent head within it.
    except (ValueError, AssertionError, HttpProcessingError) as broken:
        raise Invalid("The form is not readable.", "") from broken


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        text = raw.decode(errors="replace")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS_MOST)
    except ValueError as wrong:
        raise Invalid("The form has too many fields.", "") from wrong


async def _parts(request: web.Request) -> tuple[list[tuple[str, str]], list[Upload]]:
    texts: list[tuple[str, str]] = []
    files: list[Upload] = []
    left = request.client_max_size
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Invalid("A form inside a form is not accepted.", "")
        content = await _read_part(part, left)
        left -= len(content) + _PART_COSTS_BYTES
        if part.filename is None:
            texts.append((_text(part.name or ""), content.decode(errors="replace")))
        else:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            names = _text(part.name or ""), _text(part.filename), _text(mime)
            files.append(Upload(*names, content))
    return texts, files


def _text(header: str) -> str:
    """Return what a part's head says, with a sign in place of each byte that is no text."""
    return header.encode(errors="replace").decode()


async def _read_part(part: BodyPartReader, limit_bytes: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK_BYTES):
        content += chunk
        if len(content) > limit_bytes:
            raise web.HTTPRequestEntityTooLarge(max_size=limit_bytes, actual_size=len(content))
    return bytes(content)


def _refuse_large(value: Any, pointer: str) -> None:
    """Refuse whole numbers that no column can hold, wherever they are in `value`."""
    if isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
        raise Invalid("This number is too large.", pointer)
    if isinstance(value, dict):
        for name, part in value.items():
            _refuse_large(part, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _refuse_large(part, f"{pointer}/{index}")


def _is_list(kind: Any) -> bool:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return any(_is_list(option) for option in typing.get_args(kind))
    return (typing.get_origin(kind) or kind) in (list, tuple, set, frozenset)
