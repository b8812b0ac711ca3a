"""Lets customers and agents see that the other side is writing, where channels can tell it."""

from collections.abc import Callable, Mapping
from functools import partial

from aiohttp import web
from sqlalchemy import Connection

from desk.customers import queries as customers
from desk.db.engine import Database
from desk.messages import queries as said
from desk.ports.channel import Channel
from desk.ports.optional import ShowsTyping
from desk.web.live import FEED, WRITING


class TypingLine:
    """Passes typing on to the channel the customer last wrote on."""

    def __init__(self, db: Database, channels: Mapping[str, Channel]) -> None:
        self._db = db
        self._channels = channels

    async def show(self, case_id: int) -> None:
        """Show it for a few seconds; a channel that cannot is left alone."""
        place = await self._db.read(_place, case_id)
        if place is None or place[0] not in self._channels:
            return
        channel = self._channels[place[0]]
        if isinstance(channel, ShowsTyping):
            await channel.show_typing(place[1], place[2])


def tells(app: web.Application) -> Callable[[int], None]:
    """Return what shows on the screens of agents that the customer of a case is writing."""
    return partial(app[FEED].pass_on, WRITING)


def _place(c: Connection, case_id: int) -> tuple[str, str, str] | None:
    """Return inbox, address and thread of the customer's last message in a case."""
    last = said.last_place(c, case_id, None)
    if last is None:
        return None
    return last.inbox, customers.identity(c, last.identity_id).address, last.thread
