"""How fast an inbox sends, where its provider allows so many mails a minute."""

import asyncio
import time

from desk.kit.errors import ChannelBusy

_PATIENCE_S = 5.0  # waited for at once; for more the mail goes back to the queue


class Pace:
    """Lets one through every so often; nothing is held up when there is no limit."""

    def __init__(self, per_minute: int) -> None:
        self._gap_s = 60 / per_minute if per_minute else 0.0
        self._next_at = 0.0

    async def turn(self) -> None:
        """Return when the next mail may go. Raises ChannelBusy when that takes long."""
        if not self._gap_s:
            return
        now = time.monotonic()
        wait_s = max(0.0, self._next_at - now)
        if wait_s > _PATIENCE_S:
            raise ChannelBusy("So many mails a minute are not allowed (smtp.per_minute).", wait_s)
        self._next_at = max(now, self._next_at) + self._gap_s
        await asyncio.sleep(wait_s)
