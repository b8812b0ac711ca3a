"""One inbox's connection to the Bot API: made when first needed, slow enough, closed for good."""

import asyncio
from typing import TYPE_CHECKING, Any

from channels.telegram.config import TelegramSettings
from channels.telegram.limits import Limits
from desk.kit.errors import ChannelBroken, ChannelBusy, Invalid
from desk.kit.secrets import reveal
from desk.ports.channel import Door

if TYPE_CHECKING:
    from channels.telegram.client import Client


class Connection:
    """What all that a Telegram channel does has in common."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._limits = Limits(settings.group_sends_per_minute)
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._door: Door | None = None
        self._stopped = False

    async def _disconnect(self) -> None:
        """Close the connection; nobody gets another one until the inbox is opened again."""
        self._door, self._stopped = None, True
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _content(self, body: dict[str, Any]) -> bytes:
        if "blob" not in body:
            return b""
        if self._door is None:
            raise ChannelBusy("The inbox is not open; its files cannot be read.", 5.0)
        return await self._door.blobs.get(body["blob"])

    async def _turn(self, chat: int) -> None:
        """Wait until Telegram's limits allow another message to `chat`. Raises ChannelBusy."""
        latest = now_s() + self._settings.send_wait_s
        while (wait_s := self._limits.wait_s(chat, now_s())) > 0:
            if now_s() + wait_s > latest:
                raise ChannelBusy("Telegram's limit for this chat is used up.", wait_s)
            await asyncio.sleep(wait_s)

    async def _connected(self) -> "Client":
        """Return the client, made in a thread: secrets are files, certificates are slow to read.

        Raises:
            ChannelBusy: the inbox was open and is no longer.
        """
        async with self._connecting:
            if self._stopped:  # nobody would close another one
                raise ChannelBusy("The inbox is stopped.", 5.0)
            if self._client is None:
                self._client = await asyncio.to_thread(self._new_client)
        return self._client

    def _new_client(self) -> "Client":
        from channels.telegram.client import Client

        try:
            token = reveal(self._settings.token)
        except Invalid as missing:
            raise ChannelBroken(missing.reason) from missing
        return Client(token, self._settings)


def now_s() -> float:
    """Return a reading of the loop's clock."""
    return asyncio.get_running_loop().time()
