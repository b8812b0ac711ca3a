"""Files over HTTP: uploaded by agents, and read by signed addresses that soon run out."""

from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.replies import Download, Redirect, Upload
from desk.http.routes import Routes
from desk.http.services import BLOBS, SECRET
from desk.kit.errors import Invalid, NotFound
from desk.kit.ids import is_signed, sign
from desk.messages import queries

routes = Routes()

_PURPOSE = "file"
_PERIOD_S = 900  # an address lasts one to two of these, and is the same within one


class Stored(Struct, frozen=True, kw_only=True):
    """An uploaded file: name these fields again in the reply that sends it."""

    blob: str
    name: str
    mime: str
    size_bytes: int


class Signed(Struct, frozen=True):
    """Until when an address of a file works, in seconds since 1970, and the proof of it."""

    until: int = 0
    sign: str = ""


@routes.post("/api/v1/files", needs=Need.AGENT, status=201)
async def upload(call: Call, files: list[Upload]) -> list[Stored]:
    """Store files (multipart form data) to be sent with a reply."""
    if not files:
        raise Invalid("Send at least one file as multipart form data.")
    blobs = call.get(BLOBS)
    return [
        Stored(
            blob=await blobs.put(file.content),
            name=file.name or "file",
            mime=file.mime,
            size_bytes=len(file.content),
        )
        for file in files
    ]


@routes.get("/api/v1/files/{public_id}", needs=Need.AGENT, status=303)
async def download(call: Call, public_id: str) -> Redirect:
    """Lead to an attachment at a signed address that works for half an hour at most.

    What customers send is read without a session: a file that gets the better of a browser
    finds none.
    """
    await _row(call, public_id)
    return Redirect(_signed(call, f"/files/{public_id}"))


@routes.get("/api/v1/files/{public_id}/picture", needs=Need.AGENT, status=303)
async def picture(call: Call, public_id: str) -> Redirect:
    """Lead to a picture at a signed address that works for half an hour at most."""
    _must_be_picture(await _row(call, public_id))
    return Redirect(_signed(call, f"/files/{public_id}/picture"))


@routes.page("/files/{public_id}", needs=Need.NOBODY)
async def saved(call: Call, public_id: str, query: Signed) -> Download:
    """Return an attachment: always saved, never shown by the browser."""
    _check(call, query)
    row = await _row(call, public_id)
    return Download(row.name, row.mime, await call.get(BLOBS).get(row.blob))


@routes.page("/files/{public_id}/picture", needs=Need.NOBODY)
async def shown(call: Call, public_id: str, query: Signed) -> web.Response:
    """Show an attachment whose bytes are those of a picture; nothing in it can run."""
    _check(call, query)
    row = _must_be_picture(await _row(call, public_id))
    return web.Response(
        body=await call.get(BLOBS).get(row.blob),
        content_type=row.picture,
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": f"private, max-age={_PERIOD_S}, immutable",
        },
    )


async def _row(call: Call, public_id: str) -> Any:
    row = await call.db.read(queries.file, public_id)
    if row.blob is None:
        raise NotFound(row.problem or "The file could not be fetched.")
    return row


def _must_be_picture(row: Any) -> Any:
    if row.picture is None:
        raise NotFound("This file is no picture that can be shown.")
    return row


def _signed(call: Call, path: str) -> str:
    until = (int(call.clock.now().timestamp()) // _PERIOD_S + 2) * _PERIOD_S
    proof = sign(call.get(SECRET), _PURPOSE, f"{path} {until}")
    return f"{path}?{urlencode({'until': until, 'sign': proof})}"


def _check(call: Call, query: Signed) -> None:
    payload = f"{call.request.path} {query.until}"
    right = is_signed(call.get(SECRET), _PURPOSE, payload, query.sign)
    if not right or query.until <= call.clock.now().timestamp():
        raise NotFound("This address of a file has run out. Open the file from its case again.")
