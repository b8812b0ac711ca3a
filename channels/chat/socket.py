"""The chat's WebSocket: hello, then lines out and frames in until somebody leaves."""

import asyncio
import time
from contextlib import suppress
from functools import partial

import msgspec
from aiohttp import WSMessage, WSMsgType, web

from channels.chat.config import FRAME_BYTES, HELLO_S, SILENT_S, ChatSettings
from channels.chat.frames import (
    Frame,
    Hello,
    Msg,
    Page,
    Ping,
    Read,
    Typing,
    cid_in,
    frame,
    read_frame,
)
from channels.chat.intake import Intake
from channels.chat.pump import pump
from channels.chat.rooms import Rooms, Seat, goodbye
from channels.chat.visitors import Session
from desk.kit.errors import ChannelBusy, DeskError, NotSignedIn, Unreadable
from desk.kit.meter import RateLimit
from desk.ports.channel import Door

GAP = 4001  # the cursor is not ours: ask for the session again
REVOKED = 4401  # the session is over: do not come back with this token
CLOSE_S = 3.0  # how long a page may take to say goodbye
CROWDED = 4429  # too many pages of one visitor
RESTART = 1012  # come back in a moment


class Sockets:
    """Serves the sockets of one inbox."""

    def __init__(self, door: Door, rooms: Rooms, intake: Intake, settings: ChatSettings) -> None:
        self._door = door
        self._rooms = rooms
        self._intake = intake
        self._most = settings.sockets_per_visitor
        self._courtesies = RateLimit(2, 10)  # pages and receipts, each of them a commit
        self._typing = RateLimit(1 / 3, 2)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one page until it leaves, falls silent, or we close."""
        ws = web.WebSocketResponse(max_msg_size=FRAME_BYTES, timeout=CLOSE_S)
        await ws.prepare(request)
        try:
            if (hello := await self._hello(ws)) is not None:
                await self._welcome(ws, hello)
        except DeskError:  # the desk is busy: the page comes back in a moment
            await ws.close(code=RESTART, message=b"busy")
        return ws

    async def _welcome(self, ws: web.WebSocketResponse, hello: Hello) -> None:
        session = await self._intake.visitors.resume(hello.token)
        if session is None:
            await ws.close(code=REVOKED, message=b"session over")
        elif self._rooms.closing.is_set():
            await ws.close(code=RESTART, message=b"restarting")
        elif self._rooms.count(session.conversation) >= self._most:
            await ws.close(code=CROWDED, message=b"too many pages")
        elif not await self._knows(session.conversation, hello.cursor):
            await ws.close(code=GAP, message=b"unknown cursor")
        else:
            await self._attend(ws, session, hello.cursor)

    async def _hello(self, ws: web.WebSocketResponse) -> Hello | None:
        try:
            async with asyncio.timeout(HELLO_S):
                first = await ws.receive()
            hello = read_frame(first.data) if first.type is WSMsgType.TEXT else None
        except (TimeoutError, Unreadable):
            hello = None
        if isinstance(hello, Hello):
            return hello
        await ws.close(code=REVOKED, message=b"say hello first")
        return None

    async def _knows(self, conversation: str, cursor: int) -> bool:
        return cursor == 0 or bool(await self._door.transcript(conversation, cursor - 1, 1))

    async def _attend(self, ws: web.WebSocketResponse, session: Session, cursor: int) -> None:
        with self._rooms.seat(session.conversation) as seat:
            await _send(ws, frame("welcome", v=1, cursor=cursor, read=session.read))
            out = asyncio.create_task(self._out(ws, seat, session, cursor))
            try:
                await self._listen(ws, session)
            finally:
                out.cancel()
                await asyncio.gather(out, return_exceptions=True)

    async def _out(
        self, ws: web.WebSocketResponse, seat: Seat, session: Session, cursor: int
    ) -> None:
        async def emit(text: str, seq: int | None) -> None:
            await _send(ws, text)

        still = partial(self._intake.session, session)
        try:
            with suppress(ChannelBusy):  # a page that hears no more must come back, not wait
                await pump(self._door, seat, cursor, emit, still)
        except NotSignedIn:
            await ws.close(code=REVOKED, message=b"session over")
            return
        await _send(ws, goodbye(self._rooms))
        await ws.close(code=RESTART, message=b"restarting")

    async def _listen(self, ws: web.WebSocketResponse, seen: Session) -> None:
        while not ws.closed:
            try:
                async with asyncio.timeout(SILENT_S):
                    message = await ws.receive()
            except TimeoutError:
                await ws.close(code=1001, message=b"silent")
                return
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            try:
                await self._hear(ws, seen, message)
            except NotSignedIn:
                await ws.close(code=REVOKED, message=b"session over")

    async def _hear(self, ws: web.WebSocketResponse, seen: Session, message: WSMessage) -> None:
        """Answer one frame; what is wrong with it is said in a frame, and the next one heard."""
        try:
            heard = read_frame(message.data)
        except Unreadable:
            cid, text = cid_in(message.data), "This message cannot be read."
            await _send(ws, frame("err", code="unreadable", cid=cid, text=text, retry_after_s=None))
            return
        if isinstance(heard, Msg):
            await _send(ws, await self._taken(seen, heard))
        elif isinstance(heard, Ping):
            session = await self._intake.session(seen)
            # What another process of ours appended is found here at the latest.
            self._rooms.wake(session.conversation)
            known = await self._door.outlook(session.conversation) if heard.ask else None
            await _send(ws, frame("pong", outlook=known))
        else:
            await self._courtesy(seen, heard)

    async def _taken(self, seen: Session, msg: Msg) -> str:
        try:
            return msgspec.json.encode(await self._intake.say(seen, msg)).decode()
        except NotSignedIn:
            raise
        except DeskError as refused:
            return refusal(msg.cid, refused)

    async def _courtesy(self, seen: Session, heard: Frame) -> None:
        """Take a receipt, a page or "writes"; dropped when too many or the desk is busy."""
        if isinstance(heard, Typing) and not heard.on:
            return  # what is shown is over by itself
        limit = self._typing if isinstance(heard, Typing) else self._courtesies
        if limit.wait_s(seen.key, time.monotonic()):
            return
        try:
            if isinstance(heard, Read):
                await self._intake.read(seen, heard.seq)
            elif isinstance(heard, Page):
                await self._intake.moved(seen, heard)
            elif isinstance(heard, Typing):
                await self._intake.writes(seen)
        except NotSignedIn:
            raise
        except DeskError:
            return  # the page sends its place again with the next socket


def refusal(cid: str, refused: DeskError) -> str:
    """Return the frame `err` for one message: to be sent again later, or never."""
    later = refused.retry_after_s if refused.retry_after_s or refused.status < 500 else 2.0
    code = "form" if getattr(refused, "pointer", None) == "/form" else str(refused.status)
    return frame("err", cid=cid, code=code, text=refused.reason, retry_after_s=later)


async def _send(ws: web.WebSocketResponse, text: str) -> None:
    """Send `text`, or drop it when the page is gone: what counts is in the transcript."""
    if not ws.closed:
        try:
            await ws.send_str(text)
        except ConnectionResetError:
            await ws.close()
