"""The one door to python-telegram-bot: a bot that only calls, with its traps closed.

No Updater, no Application: they confirm updates that are only in memory.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any

import httpx
from telegram import Bot, User
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from channels.telegram.config import ALLOWED_UPDATES, TelegramSettings
from channels.telegram.refusals import Refused, meaning
from desk.kit.errors import ChannelBroken, ChannelBusy, Uncertain

_LAST_ANSWERS_S = 5.0  # so long `close` waits for calls under way


class _Wire(HTTPXRequest):
    """HTTP as the library does it, but every refusal is told whole (see Refused)."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Return status and body of a 2xx answer. Raises Refused for any other."""
        status, payload = await super().do_request(*args, **kwargs)
        if not 200 <= status < 300:
            raise Refused(status, payload)
        return status, payload


class Client:
    """A bot and its connections. Open nothing: the first call does; `close` when done."""

    def __init__(self, token: str, settings: TelegramSettings) -> None:
        """Raises ChannelBroken when there is no token at all."""
        self._settings = settings
        self._under_way = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._me: User | None = None
        self._wires = (_wire(settings, 2), _wire(settings, 32))
        try:
            self.bot = Bot(
                token,
                base_url=settings.api_base.rstrip("/") + "/bot",
                base_file_url=settings.file_base.rstrip("/") + "/file/bot",
                get_updates_request=self._wires[0],
                request=self._wires[1],
            )
        except InvalidToken:  # its text may hold the token: not chained
            raise ChannelBroken("There is no Telegram token.") from None

    async def close(self) -> None:
        """Close the connections, once the calls under way are answered: they would be in doubt."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_ANSWERS_S):
                await self._quiet.wait()
        for wire in self._wires:
            await wire.shutdown()

    async def me(self) -> User:
        """Return the bot as Telegram knows it, asked once. Raises as `translated` does."""
        if self._me is None:
            async with self.translated():
                self._me = await self.bot.get_me()
        return self._me

    async def updates(self, offset: int | None, timeout_s: int) -> list[Any]:
        """Return updates from `offset` on, raw; waits up to `timeout_s` for the first."""
        question: dict[str, Any] = {
            "timeout": timeout_s,
            "limit": 100,
            "allowed_updates": ALLOWED_UPDATES,
        }
        if offset is not None:
            question["offset"] = offset
        # "get__updates" is "getUpdates" once spelled by the library, which warns of the latter
        # and would parse the answer: one malformed update would then hide all others.
        async with self.translated():
            answer = await self.bot.do_api_request(
                "get__updates", api_kwargs=question, read_timeout=timeout_s + 10
            )
        return answer if isinstance(answer, list) else [answer]

    @asynccontextmanager
    async def translated(self) -> AsyncIterator[None]:
        """Make the errors of the calls within ours. See refusals.meaning for which is which.

        Raises:
            ChannelBroken: Telegram no longer knows the token.
        """
        self._under_way += 1
        self._quiet.clear()
        try:
            yield
        except Refused as refused:
            if refused.status in (401, 404):
                await self._prove_token()
            raise meaning(refused) from refused
        except TelegramError as trouble:
            raise meaning(trouble) from trouble
        except (KeyError, TypeError, ValueError, RecursionError) as nonsense:
            raise Uncertain("Telegram's answer cannot be read.") from nonsense
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()

    async def _prove_token(self) -> None:
        """Raise ChannelBroken if getMe is refused too: 404 is also the answer to a typing error."""
        try:
            await self.bot.get_me()
        except Refused as refused:
            if refused.status in (401, 404):
                raise ChannelBroken("Telegram does not accept the token.") from refused
            raise meaning(refused) from refused
        except TelegramError as trouble:
            raise ChannelBusy("Telegram cannot be reached.", 5.0) from trouble


def _wire(settings: TelegramSettings, connections: int) -> _Wire:
    return _Wire(
        connection_pool_size=connections,
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        write_timeout=settings.write_timeout_s,
        pool_timeout=settings.send_wait_s,
        media_write_timeout=settings.media_timeout_s,
        httpx_kwargs={"verify": _trusted()},
    )


@cache
def _trusted() -> ssl.SSLContext:
    """Return the certificates we trust, read once: it takes longer than many a call."""
    return httpx.create_ssl_context()
