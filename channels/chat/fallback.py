"""Where WebSockets are blocked: the same lines as an event stream, messages by request."""

import asyncio
from contextlib import suppress
from functools import partial

import msgspec
from aiohttp import web

from channels.chat.config import FRAME_BYTES
from channels.chat.frames import Msg
from channels.chat.intake import Intake
from channels.chat.origins import Origins, bearer, json_response
from channels.chat.pump import pump
from channels.chat.rooms import Rooms, Seat, goodbye
from channels.chat.visitors import Session
from desk.kit.errors import ChannelBusy, Invalid, NotSignedIn, TooOften
from desk.ports.channel import Door

_BEAT_S = 15.0  # a comment line, so that proxies and we notice who has left


class Fallback:
    """Serves `GET events` and `POST messages` of one inbox."""

    def __init__(
        self, door: Door, rooms: Rooms, intake: Intake, origins: Origins, *, most: int
    ) -> None:
        self._door = door
        self._rooms = rooms
        self._intake = intake
        self._origins = origins
        self._most = most

    async def say(self, request: web.Request) -> web.StreamResponse:
        """Take one message; `Idempotency-Key` is its cid."""
        session = await self._intake.visitors.signed_in(bearer(request))
        body = await request.read()
        if len(body) > FRAME_BYTES:
            raise Invalid("This message is too large.")
        try:
            fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            fields["cid"] = msgspec.Raw(
                msgspec.json.encode(request.headers.get("Idempotency-Key", ""))
            )
            fields["t"] = msgspec.Raw(b'"msg"')
            msg = msgspec.json.decode(msgspec.json.encode(fields), type=Msg)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as wrong:
            raise Invalid(f"This is not a message: {wrong}") from wrong
        return json_response(await self._intake.say(session, msg))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream the lines after `Last-Event-ID`, then each new one."""
        session = await self._intake.visitors.signed_in(bearer(request))
        if self._rooms.count(session.conversation) >= self._most or self._rooms.closing.is_set():
            raise TooOften("Too many pages are open.", 5)
        after = request.headers.get("Last-Event-ID", "0")
        cursor = int(after) if after.isdecimal() and len(after) < 16 else 0
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers={**headers, **self._origins.headers(request)})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        # The page left, must come back, or its session is over.
        with suppress(ConnectionResetError, ChannelBusy, NotSignedIn):
            await self._stream(response, session, cursor)
        return response

    async def _stream(self, response: web.StreamResponse, session: Session, cursor: int) -> None:
        async def emit(text: str, seq: int | None) -> None:
            place = f"id: {seq}\n" if seq is not None else ""
            await response.write(f"{place}data: {text}\n\n".encode())

        with self._rooms.seat(session.conversation) as seat:
            beat = asyncio.create_task(_beat(response, seat))
            try:
                still = partial(self._intake.session, session)
                await pump(self._door, seat, cursor, emit, still)
                await emit(goodbye(self._rooms), None)
            finally:
                beat.cancel()
                await asyncio.gather(beat, return_exceptions=True)


async def _beat(response: web.StreamResponse, seat: Seat) -> None:
    while True:
        await response.write(b": here\n\n")
        seat.changed.set()  # finds what another process of ours appended
        await asyncio.sleep(_BEAT_S)
