"""Files of a chat: uploads bound to their visitor, downloads by a link that soon expires."""

import re
import time
from collections.abc import Sequence
from urllib.parse import quote

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import Struct

from channels.chat.config import LINK_S, ChatSettings
from channels.chat.parse import SentFile
from channels.chat.render import file_id, letter_file_id
from desk.kit.errors import Forbidden, Invalid, NotFound, TooOften
from desk.kit.ids import is_signed, new_id, sign
from desk.kit.meter import RateLimit
from desk.kit.text import file_name
from desk.ports.channel import ChannelKit, Door
from desk.ports.elsewhere import SaidElsewhere
from desk.ports.messages import OutboundFile, OutboundMessage

_PURPOSE = "chat file"


class KeptFile(Struct, frozen=True, kw_only=True):
    """One file and whose it is."""

    visitor: str
    file: SentFile


class Files:
    """The files of one inbox: bytes in the blob store, a record each in the door's state."""

    def __init__(self, door: Door, settings: ChatSettings, kit: ChannelKit) -> None:
        self._door = door
        self._settings = settings
        self._kit = kit
        per_s = settings.uploads_per_ten_minutes / 600
        self._limit = RateLimit(per_s, settings.uploads_per_ten_minutes)

    async def upload(self, visitor: str, request: web.Request) -> SentFile:
        """Keep the one file of a multipart request and return its record.

        Raises:
            Invalid: no file, too large, or of a type that this inbox does not take.
            TooOften: try again after `retry_after_s`.
        """
        wait_s = self._limit.wait_s(visitor, time.monotonic())
        if wait_s:
            raise TooOften("That is a lot of files. Try again in a few minutes.", wait_s)
        part = await _file_part(request)
        mime = part.headers.get("Content-Type", "application/octet-stream").split(";")[0].lower()
        if not mime.startswith(self._settings.file_types):
            raise Invalid("Files of this type cannot be sent here.", "/file")
        content = await self._content(part)
        file = SentFile(
            id=new_id(),
            name=file_name(part.filename or "") or "file",
            mime=mime,
            size_bytes=len(content),
            blob=await self._door.blobs.put(content),
        )
        await self._door.accept([], state=_record(visitor, file))
        return file

    async def of(self, visitor: str, ids: Sequence[str]) -> tuple[SentFile, ...]:
        """Return the files behind `ids`. Raises Invalid when one is not this visitor's."""
        return tuple([await self._own(visitor, id_) for id_ in ids])

    async def keep_ours(self, message: OutboundMessage) -> None:
        """Record the files of a message of ours, so that its recipient may have them."""
        state: dict[str, bytes] = {}
        for index, file in enumerate(message.attachments):
            state |= _record(message.recipient, _sent(file_id(message, index), file))
        if state:
            await self._door.accept([], state=state)

    @staticmethod
    def of_letter(said: SaidElsewhere) -> dict[str, bytes]:
        """Return the records by which a visitor may have the files of a letter."""
        state: dict[str, bytes] = {}
        for index, file in enumerate(said.files):
            state |= _record(said.visitor, _sent(letter_file_id(said, index), file))
        return state

    async def link(self, visitor: str, id_: str, base: str) -> str:
        """Return an address under `base` that gives the file to whoever asks within 10 minutes."""
        await self._own(visitor, id_)
        until = int(self._kit.clock.now().timestamp()) + LINK_S
        signature = sign(self._kit.secret, _PURPOSE, f"{id_}:{until}")
        return f"{base}/files/{id_}?until={until}&sig={signature}"

    async def download(self, id_: str, until: str, signature: str) -> web.Response:
        """Return the file for a signed address, as a download. Raises Forbidden, NotFound."""
        if not is_signed(self._kit.secret, _PURPOSE, f"{id_}:{until}", signature):
            raise Forbidden("This link was not made here.")
        if int(until) < self._kit.clock.now().timestamp():
            raise Forbidden("This link has expired. Open the file from the chat again.")
        kept = await self._kept(id_)
        if kept is None:
            raise NotFound("This file is gone.")
        response = web.Response(
            body=await self._door.blobs.get(kept.file.blob),
            headers={
                "Content-Type": kept.file.mime,
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "private, no-store",
            },
        )
        response.headers["Content-Disposition"] = _disposition(kept.file.name)
        return response

    async def _own(self, visitor: str, id_: str) -> SentFile:
        kept = await self._kept(id_)
        if kept is None or kept.visitor != visitor:
            raise Invalid("This file is not yours to send.", "/files")
        return kept.file

    async def _kept(self, id_: str) -> KeptFile | None:
        record = await self._door.load(f"file:{id_}")
        return msgspec.json.decode(record, type=KeptFile) if record else None

    async def _content(self, part: BodyPartReader) -> bytes:
        content = bytearray()
        while chunk := await part.read_chunk(64 * 1024):
            content += chunk
            if len(content) > self._settings.file_bytes:
                limit = self._settings.file_bytes // (1024 * 1024)
                raise Invalid(f"A file may have up to {limit} MB.", "/file")
        if not content:
            raise Invalid("This file is empty.", "/file")
        return bytes(content)


async def _file_part(request: web.Request) -> BodyPartReader:
    if not request.content_type.startswith("multipart/"):
        raise Invalid("A file is sent as multipart/form-data.")
    try:
        part = await (await request.multipart()).next()
    except (ValueError, AssertionError, HttpProcessingError) as wrong:
        raise Invalid("This is not multipart/form-data.") from wrong
    if not isinstance(part, BodyPartReader) or not part.filename:
        raise Invalid("There is no file in this request.", "/file")
    return part


def _sent(id_: str, file: OutboundFile) -> SentFile:
    return SentFile(
        id=id_, name=file.name, mime=file.mime, size_bytes=file.size_bytes, blob=file.blob
    )


def _record(visitor: str, file: SentFile) -> dict[str, bytes]:
    return {f"file:{file.id}": msgspec.json.encode(KeptFile(visitor=visitor, file=file))}


def _disposition(name: str) -> str:
    bare = re.sub(r"[^A-Za-z0-9 ._-]", "_", name)
    return f"attachment; filename=\"{bare}\"; filename*=UTF-8''{quote(name, safe='')}"
