"""Files over HTTP: agents upload what they will send, and read what came."""

from aiohttp import web
from msgspec import Struct

from desk.arrivals import queries as arrivals
from desk.http.call import Call
from desk.http.permissions import Need
from desk.http.replies import Download, Upload
from desk.http.routes import Routes
from desk.http.services import BLOBS, ORIGINALS
from desk.kit.errors import Invalid, NotFound
from desk.messages import queries
from desk.messages.queries import MessageView

routes = Routes()


class Stored(Struct, frozen=True, kw_only=True):
    """An uploaded file: name these fields again in the reply that sends it."""

    blob: str
    name: str
    mime: str
    size_bytes: int


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


@routes.get("/api/v1/files/{public_id}", needs=Need.AGENT)
async def download(call: Call, public_id: str) -> Download:
    """Return an attachment: always saved, never shown by the browser."""
    row = await call.db.read(queries.file, public_id)
    if row.blob is None:
        raise NotFound(row.problem or "The file could not be fetched.")
    return Download(row.name, row.mime, await call.get(BLOBS).get(row.blob))


@routes.get("/api/v1/files/{public_id}/picture", needs=Need.AGENT)
async def picture(call: Call, public_id: str) -> web.Response:
    """Show an attachment whose bytes are those of a picture; nothing in it can run."""
    row = await call.db.read(queries.file, public_id)
    if row.blob is None or row.picture is None:
        raise NotFound("This file is no picture that can be shown.")
    return web.Response(
        body=await call.get(BLOBS).get(row.blob),
        content_type=row.picture,
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=86400, immutable",
        },
    )


@routes.get("/api/v1/messages/{message}/original", needs=Need.AGENT)
async def original(call: Call, message: int) -> Download:
    """Return a message as its network brought it, or as it was handed over: a mail as .eml."""
    found = await call.db.read(queries.message, message)
    ending = call.get(ORIGINALS).get(found.channel)
    if not ending or not found.original or found.deleted:
        raise NotFound("The original of this message is not kept.")
    content = await _original(call, found)
    return Download(f"message-{message}.{ending}", "application/octet-stream", content)


async def _original(call: Call, found: MessageView) -> bytes:
    blob = next((send.sent_blob for send in found.deliveries if send.sent_blob), None)
    if blob is not None:
        return await call.get(BLOBS).get(blob)
    arrival_id = await call.db.read(queries.arrival_of, found.id)
    return (await call.db.read(arrivals.fetch, arrival_id or 0)).raw
