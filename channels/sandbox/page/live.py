"""What is on the page now, and the streams that tell browsers of each change."""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import hdrs, web

_BEAT_S = 15.0  # a stream is silent no longer than this, so that browsers that left are noticed


class Board:
    """The latest value of everything, by name, for any number of watchers."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}
        self._bell = asyncio.Event()

    def put(self, name: str, value: Any) -> None:
        """Show `value` under `name`; the same again is no news."""
        encoded = msgspec.json.encode(value)
        if self._values.get(name) == encoded:
            return
        self._values[name] = encoded
        self._bell.set()
        self._bell = asyncio.Event()

    async def news(self, seen: dict[str, bytes], within_s: float) -> list[tuple[str, bytes]]:
        """Return what is not as in `seen`, and note it there; nothing when time is up.

        A value that changed twice meanwhile is told once, as it is now.
        """
        if not (found := self._unseen(seen)):
            bell = self._bell
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await bell.wait()
            found = self._unseen(seen)
        seen.update(found)
        return found

    def _unseen(self, seen: dict[str, bytes]) -> list[tuple[str, bytes]]:
        return [(name, value) for name, value in self._values.items() if seen.get(name) != value]


class Streams:
    """Server-sent events: one per value, the name of the value is the event's."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send everything once, then every change, until the browser leaves."""
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream"})
        await response.prepare(request)
        task = asyncio.create_task(self._pour(response), name="stream of the demo page")
        self._open.add(task)
        await asyncio.wait({task})
        self._open.discard(task)
        return response

    async def close(self) -> None:
        """End every stream: a server that stops would wait for them."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _pour(self, response: web.StreamResponse) -> None:
        seen: dict[str, bytes] = {}
        with suppress(ConnectionResetError):
            while True:
                news = await self._board.news(seen, _BEAT_S)
                events = [b"event: %b\ndata: %b\n\n" % (n.encode(), value) for n, value in news]
                await response.write(b"".join(events) or b": still here\n\n")
