"""The one way out to a page: the transcript's lines in order, without gap or double."""

from collections.abc import Awaitable, Callable

import msgspec

from channels.chat.render import line_frame
from channels.chat.rooms import Seat
from desk.ports.channel import Door

Emit = Callable[[str, int | None], Awaitable[None]]  # a frame, and its seq when it is a line
Check = Callable[[], Awaitable[object]]

_AT_ONCE = 200


async def pump(door: Door, seat: Seat, cursor: int, emit: Emit, check: Check) -> None:
    """Give `emit` every line after `cursor`, then each new one, until the house closes.

    It reads the transcript again whenever the conversation stirs, so what counts is what is
    committed, not what was announced. Before each look `check` may raise that it was the last.
    """
    while not seat.closing:
        seat.changed.clear()
        await check()
        while seat.passing:
            await emit(seat.passing.popleft(), None)
        lines = await door.transcript(seat.conversation, cursor, _AT_ONCE)
        for line in lines:
            cursor = line.seq
            frame = msgspec.json.encode(line_frame(seat.conversation, line)).decode()
            await emit(frame, line.seq)
        if len(lines) < _AT_ONCE:
            await seat.changed.wait()
